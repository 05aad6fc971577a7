/** A real, tiny sweep on this machine: started from the editor, followed in its panel, and back after a reload. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { keptPanel, reopenWorkbench, untilKept } from "../lib/browser.mjs";
import { untilCosts } from "../lib/editor.mjs";
import { notification, pick, pressIn, quickPickRow, runCommand } from "../lib/palette.mjs";
import { untilTerminal, webviewWith } from "../lib/panels.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

const model = `import { adam, batchNorm1d, defineModel, flatten, globalMaxPool, int, param, prune } from "quantlens";
import { quantConv1d, quantHardTanh, quantLinear, quantReLU, sweep, synthetic, train, uint } from "quantlens";

const bits = param("bits", 4);

export default defineModel({
  name: "Small",
  input: { shape: [1, 2, 1024] },
  forward(x) {
    x = quantHardTanh(x, { minVal: -3, maxVal: 3, actQuant: int(8) });
    x = quantConv1d(x, { outChannels: 16, kernelSize: 15, stride: 4, padding: 7, bias: false, weightQuant: int(bits) });
    x = quantReLU(batchNorm1d(x), { actQuant: uint(bits) });
    x = flatten(globalMaxPool(x));
    return quantLinear(x, { outFeatures: 24, weightQuant: int(bits) });
  },
  budget: { score: 0.0035 },
  data: synthetic({ framesPerClassAndSnr: 16, minSnr: 10 }),
  recipe: [
    train({ epochs: 6, batchSize: 64, optimizer: adam({ lr: 0.01 }) }),
    prune({ target: { sparsity: 0.5 }, finetune: { epochs: 2 } }),
  ],
  sweep: sweep({ vary: { bits: [2, 3, 4, 8] } }),
});
`;

/** The last row costs more than the budget even when it is pruned. */
const whatIsDone = "done: 3 done, 1 skipped of 4";

export default {
  name: "sweep",
  workspace: () => createWorkspace({ files: { "small.model.ts": model } }),
  open: "small.model.ts",
  tests: [
    ["Run Sweep trains the rows of the model's sweep in the terminal", starts],
    ["the panel shows rows that run, and where they are", runs],
    ["the panel follows the sweep until all rows are done", done],
    ["a notice says that the sweep is done and shows it", notice],
    ["a click on a row shows its training", opensRow],
    ["a reload of the window brings the panel back", reload],
  ],
};

async function starts({ page, workspace }) {
  await untilCosts(page);
  await runCommand(page, "QuantLens: Run Sweep...");
  await (await quickPickRow(page, "Search the cheapest bit widths")).waitFor();
  await pick(page, "Run the model's sweep");
  await until("the sweep's folder", () => existsSync(path.join(workspace.folder, "sweeps/small-1/events.jsonl")));
  await untilTerminal(page, /Small: 4 rows/, 60_000);
}

async function runs(context) {
  const { page, shoot } = context;
  await runCommand(page, "QuantLens: Show Sweep...");
  context.frame = await webviewWith(page, "#sweep-status");
  const running = await until("a running row", async () => {
    const rows = await rowTexts(context.frame);
    return rows.find((row) => / running .*epoch \d/.test(row));
  });
  assert.match(running, /\d of 2 stages, (train 1: epoch [1-6] of 6|prune 2: epoch [12] of 2)/);
  await until("how many rows run", async () => /^running: .*\d running.* of 4$/.test(await statusOf(context.frame)));
  await shoot("1-running");
}

async function done(context) {
  const { page, frame, shoot, pictures } = context;
  await until("the end of the sweep", async () => (await statusOf(frame)) === whatIsDone, 240_000);
  const rows = await rowTexts(frame);
  for (const row of rows.slice(0, 3)) assert.match(row, / done 2 of 2 stages .*\d %/);
  assert.match(rows[3], / skipped 0 of 2 stages .*budget is 0\.0035/);
  assert.ok(
    rows.some((row) => / yes\b/.test(row)),
    "rows that no other row beats",
  );
  await frame.locator('#pareto .canvas[data-points="3"]').waitFor();
  await page.keyboard.press("Control+j");
  await page.locator(".part.panel").waitFor({ state: "hidden" });
  await shoot("2-done");
  await pictures.take(page, "sweep");
}

/** The panel is closed before, so that it is the notice that shows it. */
async function notice(context) {
  const { page, shoot } = context;
  const toast = await notification(page, /sweep small\.model\.ts is done: sweeps\/small-1/);
  await shoot("3-notice");
  const tab = page.locator(".tab", { hasText: "Sweep small-1" });
  await tab.click({ button: "middle" });
  await tab.waitFor({ state: "detached" });
  await pressIn(toast, "Show Sweep");
  context.frame = await webviewWith(page, "#sweep-status");
  await until("the sweep in its panel", async () => (await statusOf(context.frame)) === whatIsDone);
}

async function opensRow({ page, frame, shoot }) {
  await frame.locator('#rows tr[data-row="1"] button').click();
  const dashboard = await webviewWith(page, "#runs");
  const status = dashboard.locator("#runs li", { hasText: "0001" }).locator(".status");
  await until("the row's training", async () => (await status.innerText()) === "done");
  // The stages that the sweep keeps for its rows are no runs of their own.
  assert.equal(await dashboard.locator("#runs li").count(), 1);
  await shoot("4-row");
}

async function reload({ page, server, workspace }) {
  await untilKept(page, keptPanel("sweep"));
  await reopenWorkbench(page, server, workspace.folder);
  // The dashboard lies over it.
  await page.locator(".tab", { hasText: "Sweep small-1" }).click();
  const frame = await webviewWith(page, "#sweep-status");
  await until("the sweep as it was", async () => (await statusOf(frame)) === whatIsDone);
  assert.equal((await rowTexts(frame)).length, 4);
}

function statusOf(frame) {
  return frame.locator("#sweep-status").innerText();
}

/** The rows of the table as lines, cells one after the other. */
async function rowTexts(frame) {
  const rows = await frame.locator("#rows tr[data-row]").allInnerTexts();
  return rows.map((row) => row.replace(/\s+/g, " "));
}
