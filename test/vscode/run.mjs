/**
 * The end-to-end tests of the extension in a real VS Code. Sets up what is missing, packs the extension, and ends with
 * one line, `N passed, N failed[, N skipped]`. Screenshots are written to test/vscode/shots.
 *
 *   node test/vscode/run.mjs [--vsix FILE]      FILE: test this package instead of packing one
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { packageExtension } from "../../scripts/package.mjs";
import { ensureBuilt } from "../../scripts/setup.mjs";
import { installVsCode, whyImpossible } from "./install-vscode.mjs";
import { shotsDir } from "./lib/paths.mjs";
import { runRestrictedTests } from "./restricted.mjs";
import { runSmokeTests } from "./smoke.mjs";

const { values } = parseArgs({ options: { vsix: { type: "string" } } });

async function run() {
  const reason = whyImpossible();
  if (reason !== undefined) {
    console.log(`skipped  the extension in VS Code: ${reason}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  installVsCode();
  rmSync(shotsDir, { recursive: true, force: true });
  mkdirSync(shotsDir, { recursive: true });
  if (values.vsix !== undefined) return runAll(path.resolve(values.vsix));
  await ensureBuilt();
  const folder = mkdtempSync(path.join(tmpdir(), "quantlens-vsix-"));
  try {
    return await runAll(await packageExtension(path.join(folder, "quantlens.vsix")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(vsix) {
  const counts = [await runSmokeTests(vsix), await runRestrictedTests(vsix)];
  const sum = (key) => counts.reduce((total, count) => total + count[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** What keeps the tests from running at all counts as one failure. */
const { passed, failed, skipped } = await run().catch((error) => {
  console.log(error.message);
  return { passed: 0, failed: 1, skipped: 0 };
});
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
