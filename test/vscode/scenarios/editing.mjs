/** What a user sees and does with a model file in VS Code, from opening it to a restart of the server. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import {
  completionWith,
  goBehind,
  hoverWith,
  quickFixMenu,
  scoreInStatusBar,
  sinceCommit,
  untilCosts,
  untilLens,
  untilOtherScore,
  untilScore,
} from "../lib/editor.mjs";
import { isShown, openFile, quickPickRow, runCommand } from "../lib/palette.mjs";
import { descendantsWith } from "../lib/processes.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

/** Up to the name of the call that the example does not requantise. */
const residualSum = "=== b.outChannels ? add";
const weightBits = "weightQuant: int(6";

export default {
  name: "editing",
  workspace: createWorkspace,
  open: "plain.ts",
  tests: [
    ["a TypeScript file that is no model starts no server", noServerForOtherFiles],
    ["a model shows its costs at the ends of its layer calls", hints],
    ["the lens above the model shows its score", lens],
    ["the status bar shows the score", statusBar],
    ["the sum that is not requantised is underlined, and its hover says so", squiggle],
    ["hovering over a bit width shows what other widths would cost", bitWidthHover],
    ["completing a bit width offers each with its score", bitWidthCompletion],
    ["hovering over a cost shows its formula", costTooltip],
    ["weights are selected from a list, kept, and change the numbers", weights],
    ["the quick fix requantises the sum and the warning goes", quickFix],
    ["the lens says what changed since the last commit", changes],
    ["the Train lens asks how to train", trainLens],
    ["the server restarts on command and the costs come back", restart],
    ["a server that dies is started again", crash],
  ],
};

function serverProcesses({ server }) {
  return descendantsWith(server.pid, "dist/server.cjs");
}

async function noServerForOtherFiles(context) {
  // The command activates the extension for sure, so that "no server" is not just "not yet".
  await runCommand(context.page, "QuantLens: Show Log");
  await context.page.locator(".panel .monaco-select-box", { hasText: "QuantLens" }).first().waitFor();
  assert.deepEqual(serverProcesses(context), []);
  await context.page.keyboard.press("Control+j");
}

async function hints(context) {
  await openFile(context.page, context.workspace.model);
  await untilCosts(context.page);
  assert.equal(serverProcesses(context).length, 1);
}

async function lens({ page, shoot }) {
  await untilLens(page, /score [\d.]+/i);
  await shoot("1-model");
}

async function statusBar({ page }) {
  await untilScore(page);
}

async function squiggle(context) {
  const { page, shoot } = context;
  await page.locator(".editor-instance .squiggly-warning").first().waitFor({ timeout: 60_000 });
  await goBehind(context, residualSum);
  await hoverWith(page, "residual-not-requantised");
  await shoot("2-hover");
  await page.keyboard.press("Escape");
}

async function bitWidthHover(context) {
  await goBehind(context, weightBits);
  const hover = await hoverWith(context.page, /bits/);
  assert.equal(await hover.locator("table tbody tr").count(), 8);
  await context.shoot("3-bit-width");
  await context.page.keyboard.press("Escape");
}

async function bitWidthCompletion(context) {
  const { page, shoot } = context;
  await goBehind(context, weightBits.slice(0, -1));
  await completionWith(page, /score/);
  await shoot("4-completion");
  await page.keyboard.press("Escape");
}

async function costTooltip({ page, shoot }) {
  const cost = page.locator(".view-line span", { hasText: /^\s*Σ\s[\d.]+\sMbop/ }).first();
  const tooltip = page.locator(".monaco-hover:visible", { hasText: /bits?/ });
  // A hint that is drawn anew under the resting pointer shows nothing before the pointer moves again.
  await until("the tooltip of a cost", async () => {
    await page.mouse.move(0, 0);
    await cost.hover({ timeout: 5_000 });
    return isShown(tooltip, 5_000);
  });
  await shoot("5-tooltip");
}

async function weights({ page, workspace, shoot }) {
  if (workspace.weights === undefined) return "the golden weights are not there";
  const dense = await scoreInStatusBar(page);
  await runCommand(page, "QuantLens: Select Weights");
  const row = await quickPickRow(page, workspace.weights);
  await shoot("6-weights");
  await row.click();
  assert.equal(await untilOtherScore(page, dense), "0.0162");
  const settings = () => JSON.parse(readFileSync(path.join(workspace.folder, ".vscode/settings.json"), "utf8"));
  const kept = await until("the kept choice", () => settings()["quantlens.weights"]);
  assert.deepEqual(kept, { [workspace.model]: workspace.weights });
  await shoot("7-with-weights");
  return undefined;
}

async function quickFix(context) {
  const { page, shoot } = context;
  await goBehind(context, residualSum);
  const underlined = page.locator(".editor-instance .squiggly-warning");
  const before = await underlined.count();
  await quickFixMenu(page, /quantise/i);
  await shoot("8-quick-fix");
  await page.keyboard.press("Enter");
  await until("the warning to go", async () => (await underlined.count()) < before);
  await untilCosts(page);
  await shoot("9-fixed");
}

async function changes({ page, shoot }) {
  const score = await untilScore(page);
  await untilLens(page, new RegExp(`score ${score}.*${sinceCommit.source}: −[\\d.]+ % score`));
  await shoot("10-changes");
}

async function trainLens({ page }) {
  await page.locator(".codelens-decoration a", { hasText: "Train" }).first().click();
  await page.locator(".quick-input-widget .monaco-list-row", { hasText: "Run the recipe" }).first().waitFor();
  await page.keyboard.press("Escape");
}

async function restart(context) {
  const [before] = serverProcesses(context);
  await runCommand(context.page, "QuantLens: Restart Language Server");
  await untilNewServer(context, before);
}

async function crash(context) {
  const [before] = serverProcesses(context);
  process.kill(before, "SIGKILL");
  await untilNewServer(context, before);
}

/** The score comes from a new server: the status bar forgets it when the old one ends. */
async function untilNewServer(context, before) {
  await until("another server", () => {
    const now = serverProcesses(context);
    return now.length === 1 && now[0] !== before;
  });
  await untilScore(context.page);
  await untilCosts(context.page);
}
