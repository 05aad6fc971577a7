/** A real, tiny training: in the terminal, in the dashboard, and its weights in the numbers of the model. */
import assert from "node:assert/strict";
import { scoreInStatusBar, untilCosts, untilOtherScore } from "../lib/editor.mjs";
import { notification, pick, pressIn, runCommand } from "../lib/palette.mjs";
import { untilTerminal, webviewWith } from "../lib/panels.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

export default {
  name: "training",
  workspace: () => createWorkspace({ examples: ["quick/six-modulations.model.ts"] }),
  open: "six-modulations.model.ts",
  tests: [
    ["a quick try trains in the terminal", trains],
    ["its weights change the numbers of the model", useWeights],
    ["the dashboard shows what came of the run", dashboard],
  ],
};

async function trains(context) {
  const { page, shoot } = context;
  await untilCosts(page);
  context.dense = await until("the score", () => scoreInStatusBar(page));
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
