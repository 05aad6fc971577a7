/**
 * Measures the extension in a real VS Code and prints the samples as one line of JSON: `npm run bench -- vscode` makes
 * a table of them. Times only mean something on a machine that does nothing else.
 *
 *   node test/vscode/measure/run.mjs [--only NAME]... [--vsix FILE] [--samples N]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { packageExtension } from "../../../scripts/package.mjs";
import { installVsCode, whyImpossible } from "../install-vscode.mjs";
import { launchBrowser } from "../lib/browser.mjs";
import { startCodeServer } from "../lib/code-server.mjs";
import { measureExplorer } from "./explorer.mjs";
import { measureKeystrokes, measureOpening } from "./hints.mjs";

const { values } = parseArgs({
  options: { only: { type: "string", multiple: true }, vsix: { type: "string" }, samples: { type: "string" } },
});
const samples = Number(values.samples ?? 10);

/** Each adds its samples to the result. */
const measures = {
  async opening(context, result) {
    // The first window also warms the server's caches up and is not counted.
    await measureOpening(context);
    for (let index = 0; index < samples; index++) {
      const { firstHint, activate } = await measureOpening(context);
      result.firstHint = [...(result.firstHint ?? []), firstHint];
      result.activate = [...(result.activate ?? []), activate];
    }
  },
  async keystrokes(context, result) {
    result.keystroke = await measureKeystrokes(context, samples);
  },
  async explorer(context, result) {
    result.explorer = await measureExplorer(context, samples);
  },
};

async function run(vsix) {
  const result = {};
  const server = await startCodeServer(vsix, { trusted: true });
  const browser = await launchBrowser();
  try {
    for (const name of values.only ?? Object.keys(measures)) await measures[name]({ server, browser }, result);
  } finally {
    await browser.close();
    await server.stop();
  }
  return result;
}

const reason = whyImpossible();
if (reason !== undefined) {
  console.log(JSON.stringify({ skipped: reason }));
} else {
  installVsCode();
  const folder = mkdtempSync(path.join(tmpdir(), "quantlens-vsix-"));
  try {
    const vsix = values.vsix ?? (await packageExtension(path.join(folder, "quantlens.vsix")));
    console.log(JSON.stringify(await run(path.resolve(vsix))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
