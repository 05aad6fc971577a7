/** Real, tiny trainings: in the terminal, in the dashboard, and their weights in the numbers of the model. */
import assert from "node:assert/strict";
import { reopenWorkbench, untilKept } from "../lib/browser.mjs";
import { untilCosts, untilOtherScore, untilScore } from "../lib/editor.mjs";
import { dismissNotifications, notification, pick, pressIn, runCommand } from "../lib/palette.mjs";
import { untilTerminal, webviewWith } from "../lib/panels.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

/** Long enough to be watched; the test ends it. */
const longTraining = {
  label: "a long training",
  type: "quantlens",
  command: "train",
  model: "six-modulations.model.ts",
  data: "synthetic:framesPerClassAndSnr=16",
  limitFrames: 2000,
  epochs: 4000,
  out: "runs/long",
};

export default {
  name: "training",
  workspace: () =>
    createWorkspace({
      examples: ["quick/six-modulations.model.ts"],
      files: { ".vscode/tasks.json": JSON.stringify({ version: "2.0.0", tasks: [longTraining] }) },
    }),
  open: "six-modulations.model.ts",
  tests: [
    ["a quick try trains in the terminal", trains],
    ["its weights change the numbers of the model", useWeights],
    ["the dashboard shows what came of the run", dashboard],
    ["the dashboard moves while a task trains", moves],
    ["a run that is stopped says so, and offers to go on", stops],
    ["a reload of the window brings the dashboard back, with the run that was chosen", reload],
  ],
};

async function trains(context) {
  const { page, shoot } = context;
  await untilCosts(page);
  context.dense = await untilScore(page);
  await runCommand(page, "QuantLens: Train...");
  await pick(page, "Quick try");
  await untilTerminal(page, /epoch 1\/1\s+loss/, 180_000);
  context.toast = await notification(page, /is done: runs\/six-modulations-1/, 180_000);
  await shoot("1-trained");
}

async function useWeights({ page, toast, dense, pictures }) {
  await pictures.take(page, "training-terminal");
  await pressIn(toast, "Use Its Weights");
  const score = await untilOtherScore(page, dense);
  assert.ok(Number(score) < Number(dense), `pruned weights cost less: ${score} after ${dense}`);
}

async function dashboard({ page, shoot, pictures }) {
  await runCommand(page, "QuantLens: Show Training Dashboard");
  const frame = await webviewWith(page, "#runs");
  const box = frame.locator("#runs input[data-run]").first();
  await box.waitFor({ timeout: 60_000 });
  if (!(await box.isChecked())) await box.check();
  await frame.locator('#runs li[data-status="done"]').waitFor({ timeout: 60_000 });
  await until("the stages in a table", async () =>
    (await frame.locator("table").allInnerTexts()).join().includes("prune"),
  );
  await shoot("2-dashboard");
  await page.keyboard.press("Control+j");
  await page.locator(".part.panel").waitFor({ state: "hidden" });
  await pictures.take(page, "training-dashboard");
}

async function moves(context) {
  const { page, shoot } = context;
  await dismissNotifications(page);
  await runCommand(page, "Tasks: Run Task");
  await pick(page, longTraining.label);
  const frame = await webviewWith(page, "#runs");
  // The newest run is the first of the list.
  const run = frame.locator("#runs li", { hasText: longTraining.out });
  await run.waitFor({ timeout: 90_000 });
  await run.locator("input[data-run]").check();
  const status = async () => run.locator(".status").innerText();
  await until("where the run is", async () => /train 1, epoch \d+ of 4000, batch \d+ of \d+/.test(await status()));
  const first = { points: await lossPoints(frame), status: await status() };
  await until("more points", async () => (await lossPoints(frame)) >= first.points + 3);
  await until("another place in the run", async () => (await status()) !== first.status);
  assert.equal(await run.getAttribute("data-status"), "running");
  await shoot("3-moving");
}

async function stops({ page, workspace }) {
  await runCommand(page, "QuantLens: Stop Run");
  const toast = await notification(page, `what it has saved is in ${longTraining.out}`);
  await toast.locator(".monaco-button", { hasText: "Resume" }).waitFor();
  const frame = await webviewWith(page, "#runs");
  await frame
    .locator('#runs li[data-status="interrupted"]', { hasText: longTraining.out })
    .waitFor({ timeout: 60_000 });
  assert.equal(JSON.parse(workspace.read("runs/long/report.json")).status, "interrupted");
}

async function reload({ page, server, workspace, shoot }) {
  const before = await lossPoints(await webviewWith(page, "#runs"));
  // The choice, and not the task of that name, which VS Code keeps as well.
  await untilKept(page, /file:[^"]*\/runs\/long/);
  await reopenWorkbench(page, server, workspace.folder);
  const frame = await webviewWith(page, "#runs");
  await until("all points of before", async () => (await lossPoints(frame)) === before);
  assert.equal(await frame.locator("#runs li", { hasText: longTraining.out }).locator("input").isChecked(), true);
  await shoot("4-reloaded");
}

/** How many points the loss has in the dashboard. */
async function lossPoints(frame) {
  return Number(await frame.locator("#loss .canvas[data-points]").getAttribute("data-points", { timeout: 30_000 }));
}
