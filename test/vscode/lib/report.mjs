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
    const result = await outcomeOf(test);
    counts[result.outcome]++;
    printOutcome({ ...result, name, seconds: (performance.now() - started) / 1000 });
    if (result.outcome === "failed") await onFailure();
  }
  return counts;
}

async function outcomeOf(test) {
  try {
    const reason = await test();
    return typeof reason === "string" ? { outcome: "skipped", note: reason } : { outcome: "passed" };
  } catch (error) {
    return { outcome: "failed", note: error.message };
  }
}

/** One line for one test. */
export function printOutcome({ outcome, name, seconds, note }) {
  console.log(`${outcome.padEnd(8)} ${name} (${seconds.toFixed(1)} s)${note === undefined ? "" : `: ${note}`}`);
}

/** The sum of several counts. */
export function sumCounts(counts) {
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}
