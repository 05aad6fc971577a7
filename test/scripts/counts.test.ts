/** What `npm test` makes of its runners' reports: a broken runner must never look like a passing one. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const file = path.resolve(import.meta.dirname, "../../scripts/lib/counts.mjs");
const { countsOfSummary, countsOfVitest } = (await import(pathToFileURL(file).href)) as {
  readonly countsOfSummary: (output: string, code: number) => Counts;
  readonly countsOfVitest: (text: string | undefined, code: number) => Counts;
};

describe("countsOfVitest", () => {
  const report = {
    numPassedTests: 7,
    numFailedTests: 0,
    numPendingTests: 2,
    numTodoTests: 0,
    testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
  };

  it("takes the report's numbers", () => {
    expect(countsOfVitest(JSON.stringify(report), 0)).toEqual({ passed: 7, failed: 0, skipped: 2 });
  });

  it("counts a file that could not be loaded as one failure", () => {
    const broken = { ...report, testResults: [{ status: "failed", assertionResults: [] }] };
    expect(countsOfVitest(JSON.stringify(broken), 1)).toEqual({ passed: 7, failed: 1, skipped: 2 });
  });

  it("counts a failed test once, not its file as well", () => {
    const failed = {
      ...report,
      numFailedTests: 1,
      testResults: [{ status: "failed", assertionResults: [{ status: "failed" }] }],
    };
    expect(countsOfVitest(JSON.stringify(failed), 1)).toEqual({ passed: 7, failed: 1, skipped: 2 });
  });

  it.each([undefined, "", "{"])("counts a missing or cut report (%j) as a failure", (text) => {
    expect(countsOfVitest(text, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("believes the exit code rather than a report without failures", () => {
    expect(countsOfVitest(JSON.stringify(report), 1).failed).toBe(1);
  });
});

describe("countsOfSummary", () => {
  it("takes the last summary line", () => {
    expect(countsOfSummary("1 passed, 1 failed\nagain\n3 passed, 0 failed, 1 skipped\n", 0)).toEqual({
      passed: 3,
      failed: 0,
      skipped: 1,
    });
  });

  it("counts a runner without a summary as a failure, whatever its exit code", () => {
    expect(countsOfSummary("all fine\n", 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("believes the exit code rather than the summary", () => {
    expect(countsOfSummary("3 passed, 0 failed\n", 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });
});
