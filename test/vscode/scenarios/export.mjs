/** From trained weights to files: an ONNX file, what the editor says of it as the model changes, and a submission. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { clickLens, goBehind, replaceBefore, untilCosts, untilLens } from "../lib/editor.mjs";
import {
  answerFileDialog,
  dismissNotifications,
  notification,
  pick,
  pressIn,
  quickPickRow,
  runCommand,
} from "../lib/palette.mjs";
import { untilTerminal, webviewWith } from "../lib/panels.mjs";
import { createWorkspace, printedCost, runProgram } from "../lib/workspace.mjs";

const model = "six-modulations.model.ts";
const onnx = "six-modulations.onnx";
const weights = "runs/tiny/last.safetensors";
const data = ["--data", "synthetic:framesPerClassAndSnr=8"];

export default {
  name: "export",
  workspace: trainedWorkspace,
  open: model,
  tests: [
    ["the Export lens asks for weights, format and place, and writes the file", exports],
    ["the lens says what was exported, and that nothing has changed since", unchanged],
    ["an edit makes the lens say that the model has changed, and by how much", changed],
    ["a click on the lens shows the file's costs", showsCosts],
    ["Export Again writes the file anew", exportsAgain],
    ["Package Submission asks for weights, accuracy and place, and says which criteria are met", packages],
  ],
};

/** A model with weights that were trained for moments, and their evaluation. */
function trainedWorkspace() {
  const workspace = createWorkspace({ examples: [`quick/${model}`] });
  const { folder } = workspace;
  runProgram(folder, "train", model, ...data, "--epochs", "1", "--limit-frames", "300", "--out", "runs/tiny");
  const evaluation = runProgram(folder, "evaluate", model, "--weights", weights, ...data, "--format", "json");
  writeFileSync(path.join(folder, "evaluation.json"), evaluation);
  return workspace;
}

/** The exported file, and what `cost` says about it. */
function exported({ workspace: { folder } }) {
  const file = path.join(folder, onnx);
  return { bytes: readFileSync(file), cost: printedCost(file) };
}

async function exports(context) {
  const { page, workspace, shoot } = context;
  await untilCosts(page);
  await goBehind(context, 'name: "SixModulations', model);
  await clickLens(page, /^Export$/);
  await (await quickPickRow(page, weights)).waitFor();
  await shoot("1-weights");
  await pick(page, weights);
  await (await quickPickRow(page, "QCDQ")).waitFor();
  await shoot("2-formats");
  await pick(page, "For FINN, hls4ml and qonnx");
  await answerFileDialog(page, "Export as which file?", path.join(workspace.folder, onnx));
  await notification(page, `has written ${onnx}`);
}

async function unchanged(context) {
  const { page, shoot, pictures } = context;
  await page.keyboard.press("Control+j");
  await page.locator(".part.panel").waitFor({ state: "hidden" });
  // The click on the lens has moved the text to the side.
  await goBehind(context, "export default", model);
  const title = await untilLens(page, /^exported six-modulations\.onnx .* · unchanged since$/);
  context.first = exported(context);
  assert.match(
    title,
    /^exported six-modulations\.onnx (just now|\d+ (s|min) ago) · score 0\.\d+ · [\d.]+ [kM]bop · [\d.]+ kb · /,
  );
  await shoot("3-exported");
  await pictures.take(page, "exported");
}

async function changed(context) {
  const { page, shoot } = context;
  await dismissNotifications(page);
  await goBehind(context, "bias: false, weightQuant: int(5", model);
  await replaceBefore(page, 1, "6");
  await goBehind(context, 'name: "SixModulations', model);
  await untilLens(page, /^exported six-modulations\.onnx .* · model changed since export: \+[\d.]+ %$/);
  await shoot("4-changed");
}

async function showsCosts({ page, first, shoot }) {
  await clickLens(page, /model changed since export/);
  await page.locator(".tab.active", { hasText: onnx }).waitFor();
  const frame = await webviewWith(page, "#content:not([hidden]) #nodes");
  const cells = await frame.locator('#totals tr[data-flavor="finn-base"] td').allInnerTexts();
  assert.ok(cells.includes(first.cost.total_bops.toLocaleString("en-GB")), `${cells}`);
  await shoot("5-costs");
  await page.locator(".tab", { hasText: model }).click();
}

async function exportsAgain(context) {
  const { page, first, shoot } = context;
  await clickLens(page, /^Export Again$/);
  await untilLens(page, /^exported six-modulations\.onnx .* · unchanged since$/);
  const { bytes, cost } = exported(context);
  assert.notDeepEqual(bytes, first.bytes);
  assert.notDeepEqual(cost, first.cost);
  await shoot("6-again");
}

async function packages(context) {
  const { page, workspace, shoot, pictures } = context;
  await dismissNotifications(page);
  await runCommand(page, "QuantLens: Package Submission...");
  await pick(page, weights);
  await (await quickPickRow(page, "Measure it on a data file")).waitFor();
  await shoot("7-accuracy");
  await pick(page, "An evaluation");
  await answerFileDialog(page, "Which evaluation?", path.join(workspace.folder, "evaluation.json"));
  await answerFileDialog(page, "Package as which file?", path.join(workspace.folder, "submission.zip"));
  // Frames that were generated are no submission.
  const toast = await notification(page, "has found criteria that are not met");
  await pressIn(toast, "Show Terminal");
  // The last lines are on the screen.
  await untilTerminal(page, /failed\s+accuracy:[\s\S]*failed\s+split:[\s\S]*criteria failed, so nothing is written/);
  await shoot("8-packaged");
  await pictures.take(page, "packaging");
  assert.equal(existsSync(path.join(workspace.folder, "submission.zip")), false);
}
