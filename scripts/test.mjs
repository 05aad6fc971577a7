/**
 * `npm test`: sets up what is missing, then runs every check of the project and ends with one line,
 * `N passed, N failed[, N skipped]`, summed over all of them. The exit code is 0 when nothing failed.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { runNode } from "./lib/process.mjs";
import { countsOfSummary, countsOfVitest } from "./lib/counts.mjs";
import { ensureBuilt, ensureInstalled } from "./setup.mjs";

/** Path of a program of an installed package. */
function tool(...parts) {
  return path.join("node_modules", ...parts);
}

/** A check that either passes or fails: one test. Its output is shown when it fails. */
async function check(name, args) {
  const started = performance.now();
  const { code, output } = await runNode(args, { quiet: true });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? "passed" : "FAILED"}  ${name} (${seconds} s)`);
  if (code !== 0) console.log(output);
  return code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function staticChecks() {
  return [
    await check("type-check", [tool("typescript", "bin", "tsc"), "-p", "."]),
    await check("type-check of pages", [tool("typescript", "bin", "tsc"), "-p", "client/src/webview"]),
    await check("lint", [tool("eslint", "bin", "eslint.js"), ".", "--max-warnings", "0"]),
    await check("format", [tool("prettier", "bin", "prettier.cjs"), "--check", "--log-level", "warn", "."]),
  ];
}

/** Unit, protocol and command-line tests. */
async function vitest() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "quantlens-test-"));
  const report = path.join(folder, "report.json");
  try {
    const { code } = await runNode([
      tool("vitest", "vitest.mjs"),
      "run",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ]);
    const text = await readFile(report, "utf8").catch(() => undefined);
    return countsOfVitest(text, code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The extension in a real VS Code; it prints its own summary line, or why it was skipped. */
async function editor() {
  const { code, output } = await runNode(["test/vscode/run.mjs"]);
  return countsOfSummary(output, code);
}

const stages = [
  ["installation", async () => (await ensureInstalled(), [])],
  ["build", async () => (console.log(await ensureBuilt()), { passed: 1, failed: 0, skipped: 0 })],
  ["static checks", staticChecks],
  ["unit, protocol and command-line tests", vitest],
  ["the extension in VS Code", editor],
];

/** A stage that cannot run counts as one failure, and the next one runs all the same. */
async function runStage([name, stage]) {
  console.log(`\n== ${name}`);
  try {
    return await stage();
  } catch (error) {
    console.log(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const results = [];
for (const stage of stages) results.push(await runStage(stage));
const sum = (key) => results.flat().reduce((total, counts) => total + counts[key], 0);
const [passed, failed, skipped] = [sum("passed"), sum("failed"), sum("skipped")];
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
