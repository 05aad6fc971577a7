/** A new project: made by the command, in a folder that the user picks, and right from its first minute. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { goBehind, hoverWith, untilCosts, untilLens } from "../lib/editor.mjs";
import { answerFileDialog, pick, runCommand, typeAnswer } from "../lib/palette.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

const name = "Word Spotter";
const model = `projects/${name}/word-spotter.model.ts`;

export default {
  name: "project",
  workspace: () => {
    const workspace = createWorkspace();
    mkdirSync(path.join(workspace.folder, "projects"));
    return workspace;
  },
  tests: [
    ["New Model Project asks for a name, a network and a folder", asks],
    ["the model of the project opens and shows its costs and its score", costs],
    ["the project has no problems", noProblems],
  ],
};

async function asks(context) {
  const { page, workspace, shoot } = context;
  await runCommand(page, "QuantLens: New Model Project...");
  await typeAnswer(page, name);
  await pick(page, "Keyword spotting");
  await shoot("1-folder");
  await answerFileDialog(page, "New Model Project (3/3)", path.join(workspace.folder, "projects", "/"));
  context.project = path.join(workspace.folder, "projects", name);
  await until("the project's files", () => existsSync(path.join(context.project, "package.json")));
}

async function costs(context) {
  const { page, shoot } = context;
  await page.locator(".tab.active", { hasText: path.basename(model) }).waitFor({ timeout: 60_000 });
  await goBehind(context, "input: { shape", model);
  await untilLens(page, /Mbop/);
  await untilCosts(page, "quantLinear(");
  await shoot("2-model");
}

async function noProblems(context) {
  const { page, shoot } = context;
  // A hover of TypeScript's own server: it has checked the file by then. Ours has shown its costs.
  await goBehind(context, "x = flatten", model);
  await hoverWith(page, /Joins dimensions/);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".editor-instance").locator(".squiggly-error, .squiggly-warning").count(), 0);
  await runCommand(page, "Problems: Focus on Problems View");
  const remarks = page.locator(".markers-panel .monaco-list-row", { hasText: "remark" });
  await shoot("3-problems");
  assert.equal(await page.locator(".markers-panel .codicon-error, .markers-panel .codicon-warning").count(), 0);
  assert.equal(await remarks.count(), 0);
}
