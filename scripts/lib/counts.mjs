/**
 * How many tests a runner passed, failed and skipped. A runner that crashed, or whose report is missing or
 * contradicts its exit code, counts as a failure: a broken runner must never look like a passing one.
 *
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** At least one failure when the exit code says so. */
function consistent({ passed, failed, skipped }, code) {
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped };
}

/**
 * Counts of Vitest's JSON report. A test file that could not be loaded has no tests in it: it is one failure.
 *
 * @param {string | undefined} text the report, if it was written
 * @param {number} code the exit code
 * @returns {Counts}
 */
export function countsOfVitest(text, code) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  return consistent(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + brokenFiles.length,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    code,
  );
}

const summaryLine = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

/**
 * Counts of a runner whose last line of the form `N passed, N failed[, N skipped]` sums it up.
 *
 * @param {string} output all that it printed
 * @param {number} code the exit code
 * @returns {Counts}
 */
export function countsOfSummary(output, code) {
  const last = [...output.matchAll(summaryLine)].at(-1);
  if (last === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const [, passed, failed, skipped = 0] = last;
  return consistent({ passed: Number(passed), failed: Number(failed), skipped: Number(skipped) }, code);
}
