/** What a user sees and does with a model file in VS Code, from opening it to a restart of the server. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { descendantsWith } from "./lib/processes.mjs";
import { runInWorkbench } from "./lib/session.mjs";
import { until } from "./lib/until.mjs";
import {
  goTo,
  isShown,
  openFile,
  quickFixMenu,
  runCommand,
  untilCosts,
  untilLens,
  sinceCommit,
} from "./lib/workbench.mjs";
import { createWorkspace } from "./lib/workspace.mjs";

/** Up to the name of the call that the example does not requantise. */
const residualSum = "=== b.outChannels ? add";
const weightBits = "weightQuant: int(6";

/** Tests of the package `vsix`: how many passed, failed and were skipped. */
export function runSmokeTests(vsix) {
  const workspace = createWorkspace();
  return runInWorkbench({ vsix, workspace, open: workspace.plain, name: "smoke" }, [
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
    ["a command whose program is not there says so", missingProgram],
    ["the server restarts on command and the costs come back", restart],
    ["a server that dies is started again", crash],
  ]);
}

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

async function scoreInStatusBar(page) {
  const text = await page.locator('.statusbar-item[id*="quantlens.status"]').innerText();
  return /\d+\.\d+/.exec(text)?.[0];
}

async function statusBar({ page }) {
  await until("the score in the status bar", () => scoreInStatusBar(page));
}

/** Puts the cursor behind `shown`, coming from elsewhere: the light bulb appears when the cursor moves. */
async function goBehind({ page, workspace }, shown) {
  await goTo(page, 1, 1);
  const text = readFileSync(path.join(workspace.folder, workspace.model), "utf8");
  const before = text.slice(0, text.indexOf(shown) + shown.length).split("\n");
  await goTo(page, before.length, before.at(-1).length + 1);
}

async function squiggle(context) {
  const { page, shoot } = context;
  await page.locator(".editor-instance .squiggly-warning").first().waitFor({ timeout: 60_000 });
  await goBehind(context, residualSum);
  await hoverWith(page, "residual-not-requantised");
  await shoot("2-hover");
  await page.keyboard.press("Escape");
}

/** Shows the hover at the cursor and returns it when it holds `text`. */
async function hoverWith(page, text) {
  await runCommand(page, "Show or Focus Hover");
  const hover = page.locator(".monaco-hover:visible", { hasText: text });
  await hover.waitFor();
  return hover;
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
  const offer = page.locator(".suggest-widget .monaco-list-row", { hasText: /score/ }).first();
  // The key is lost while the editor does not have the focus back.
  await until("the offered bit widths", async () => {
    await page.keyboard.press("Control+Space");
    return isShown(offer, 5_000);
  });
  await shoot("4-completion");
  await page.keyboard.press("Escape");
}

async function costTooltip({ page, shoot }) {
  await page
    .locator(".view-line span", { hasText: /^\s*Σ\s[\d.]+\sMbop/ })
    .first()
    .hover();
  await page.locator(".monaco-hover:visible", { hasText: /bits?/ }).waitFor();
  await shoot("5-tooltip");
}

async function weights({ page, workspace, shoot }) {
  if (workspace.weights === undefined) return "the golden weights are not there";
  const dense = await scoreInStatusBar(page);
  await runCommand(page, "QuantLens: Select Weights");
  const row = page.locator(".quick-input-widget .monaco-list-row", { hasText: workspace.weights }).first();
  await row.waitFor();
  await shoot("6-weights");
  await row.click();
  await until("another score", async () => ![dense, undefined].includes(await scoreInStatusBar(page)));
  assert.equal(await scoreInStatusBar(page), "0.0162");
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
  const score = await until("the score in the status bar", () => scoreInStatusBar(page));
  await untilLens(page, new RegExp(`score ${score}.*${sinceCommit.source}: −[\\d.]+ % score`));
  await shoot("10-changes");
}

async function missingProgram({ page }) {
  await page.locator(".codelens-decoration a", { hasText: "Train" }).first().click();
  const toast = page.locator(".notifications-toasts", { hasText: "cannot train yet" });
  await toast.waitFor();
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
  await until("the score in the status bar", () => scoreInStatusBar(context.page));
  await untilCosts(context.page);
}
