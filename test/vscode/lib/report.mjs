/** Runs tests that build on each other, in order, and counts them. */

/**
 * A test that resolves to a sentence was skipped for that reason. After a failure the rest is not run and counts as
 * failed.
 *
 * @param {readonly (readonly [name: string, test: () => Promise<string | undefined>])[]} tests
 * @param {() => Promise<unknown>} onFailure called once, while everything still stands as the test left it
 */
export async function runInOrder(tests, onFailure) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, test] of tests) {
    if (counts.failed > 0) {
      counts.failed++;
      console.log(`not run  ${name}`);
      continue;
    }
    const started = performance.now();
    const { outcome, note } = await outcomeOf(test);
    counts[outcome]++;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${outcome.padEnd(8)} ${name} (${seconds} s)${note === undefined ? "" : `: ${note}`}`);
    if (outcome === "failed") await onFailure();
  }
  return counts;
}

async function outcomeOf(test) {
  try {
    const reason = await test();
    return reason === undefined ? { outcome: "passed" } : { outcome: "skipped", note: reason };
  } catch (error) {
    return { outcome: "failed", note: error.message };
  }
}
