/**
 * Measures the extension in a real VS Code and prints the samples as one line of JSON: `npm run bench -- vscode` makes
 * a table of them. Times only mean something on a machine that does nothing else.
 *
 *   node test/vscode/measure/run.mjs [--only NAME]... [--vsix FILE] [--samples N] [--onnx FILE]
 *
 * `--onnx`: a large ONNX file that is opened; without it, that is not measured
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { packageExtension } from "../../../scripts/package.mjs";
import { installVsCode, whyImpossible } from "../install-vscode.mjs";
import { launchBrowser } from "../lib/browser.mjs";
import { createServers } from "../lib/servers.mjs";
import { measureActivation } from "./activation.mjs";
import { measureDashboard } from "./dashboard.mjs";
import { measureExplorer } from "./explorer.mjs";
import { measureKeystrokes, measureOpening } from "./hints.mjs";
import { measureOnnx } from "./onnx.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    vsix: { type: "string" },
    samples: { type: "string" },
    onnx: { type: "string" },
  },
});
const samples = Number(values.samples ?? 10);

/** Each adds its samples to the result. */
const measures = {
  async activation(context, result) {
    await inWindows(measureActivation, context, result);
  },
  async opening(context, result) {
    await inWindows(measureOpening, context, result);
  },
  async keystrokes(context, result) {
    result.keystroke = await measureKeystrokes(context, samples);
  },
  async explorer(context, result) {
    result.explorer = await measureExplorer(context, samples);
  },
  async dashboard(context, result) {
    Object.assign(result, await measureDashboard(context));
  },
  async onnx({ vsix, browser }, result) {
    if (values.onnx !== undefined) result.onnx = await measureOnnx(vsix, browser, path.resolve(values.onnx), samples);
  },
};

/** Samples by name, from a window each. The first window also warms caches up and is not counted. */
async function inWindows(measure, context, result) {
  await measure(context);
  for (let index = 0; index < samples; index++) {
    for (const [name, sample] of Object.entries(await measure(context)))
      result[name] = [...(result[name] ?? []), sample];
  }
}

async function run(vsix) {
  const result = {};
  const servers = createServers(vsix);
  const browser = await launchBrowser();
  try {
    const context = { vsix, servers, browser, server: await servers.get("trusted") };
    for (const name of values.only ?? Object.keys(measures)) await measures[name](context, result);
  } finally {
    await browser.close();
    await servers.stop();
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
