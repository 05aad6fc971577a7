/**
 * The end-to-end tests of the extension in a real VS Code. Sets up what is missing, packs the extension, and ends with
 * one line, `N passed, N failed[, N skipped]`. Screenshots are written to test/vscode/shots.
 *
 *   node test/vscode/run.mjs [--vsix FILE] [--only NAME]... [--pictures FOLDER]
 *
 * `--vsix`: tests this package instead of packing one; `--only`: runs these scenarios of scenarios/; `--pictures`: writes
 * the pictures of the documentation, too
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { packageExtension } from "../../scripts/package.mjs";
import { ensureBuilt } from "../../scripts/setup.mjs";
import { installVsCode, whyImpossible } from "./install-vscode.mjs";
import { launchBrowser } from "./lib/browser.mjs";
import { shotsDir } from "./lib/paths.mjs";
import { noPictures, picturesIn } from "./lib/pictures.mjs";
import { sumCounts } from "./lib/report.mjs";
import { loadScenarios, runScenario } from "./lib/scenario.mjs";
import { createServers } from "./lib/servers.mjs";

const { values } = parseArgs({
  options: { vsix: { type: "string" }, only: { type: "string", multiple: true }, pictures: { type: "string" } },
});

async function run() {
  const reason = whyImpossible();
  if (reason !== undefined) {
    console.log(`skipped  the extension in VS Code: ${reason}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const scenarios = await loadScenarios(values.only ?? []);
  installVsCode();
  rmSync(shotsDir, { recursive: true, force: true });
  mkdirSync(shotsDir, { recursive: true });
  if (values.vsix !== undefined) return runAll(scenarios, path.resolve(values.vsix));
  await ensureBuilt();
  const folder = mkdtempSync(path.join(tmpdir(), "quantlens-vsix-"));
  try {
    return await runAll(scenarios, await packageExtension(path.join(folder, "quantlens.vsix")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(scenarios, vsix) {
  const servers = createServers(vsix);
  const browser = await launchBrowser();
  const pictures = values.pictures === undefined ? noPictures : picturesIn(path.resolve(values.pictures));
  const counts = [];
  try {
    for (const scenario of scenarios) counts.push(await runScenario(scenario, { servers, browser, vsix, pictures }));
    return sumCounts(counts);
  } finally {
    await browser.close();
    await servers.stop();
  }
}

/** What keeps the tests from running at all counts as one failure. */
const { passed, failed, skipped } = await run().catch((error) => {
  console.log(error.message);
  return { passed: 0, failed: 1, skipped: 0 };
});
process.exitCode = failed === 0 ? 0 : 1;
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
