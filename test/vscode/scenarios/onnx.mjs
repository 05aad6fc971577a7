/** ONNX files in their editor, and the graph of a model file: numbers, order, drawing, and what follows a change. */
import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { reopenWorkbench, untilKept } from "../lib/browser.mjs";
import {
  goBehind,
  goTo,
  lineWith,
  replaceBefore,
  untilCosts,
  untilOtherScore,
  scoreInStatusBar,
} from "../lib/editor.mjs";
import { openFile, runCommand } from "../lib/palette.mjs";
import { webviewWith } from "../lib/panels.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace, printedCost } from "../lib/workspace.mjs";

const onnx = "bacalhaunet.onnx";
const broken = "broken.onnx";

export default {
  name: "onnx",
  workspace: () => createWorkspace({ examples: [`bacalhaunet/${onnx}`], files: { [broken]: "no network\n" } }),
  open: "bacalhaunet.model.ts",
  tests: [
    ["the graph of a model file is drawn beside it", drawsModel],
    ["it follows an edit", followsEdit],
    ["a click on a node leads to its source", leadsToSource],
    ["what the cursor is at is marked in it", marksCursor],
    ["an ONNX file opens with the cost that the terminal prints", showsCost],
    ["its nodes are sorted by a heading", sorts],
    ["its graph has the cost as colour, and a node leads to its row", drawsFile],
    ["its text can be read in a dark and a light theme", themes],
    ["a file that is no network is a sentence, until it is one", mends],
    ["a reload of the window keeps the order", reload],
  ],
};

const nodesInGraph = '#graph-scroller g[role="graphics-symbol"]';

/** The frame of the graph's panel, and that of the editor of ONNX files. */
const graphPanel = (page) => webviewWith(page, "#graph-title");
const onnxEditor = (page) => webviewWith(page, "#content:not([hidden]) #nodes");

async function drawsModel({ page, shoot, pictures }) {
  await untilCosts(page);
  await runCommand(page, "QuantLens: Show Model Graph");
  const frame = await graphPanel(page);
  await frame.locator(`${nodesInGraph} .heat`).first().waitFor({ timeout: 60_000 });
  assert.equal(await frame.locator("#graph-title").innerText(), "BacalhauNetV1");
  assert.match(await frame.locator("#graph-summary").innerText(), /96\.9 Mbop/);
  await shoot("1-model-graph");
  await pictures.take(page, "model-graph");
  await frame.locator("#graph-form").selectOption("float");
  await until("the float graph", async () =>
    /without quantisers/.test(await frame.locator("#graph-summary").innerText()),
  );
  assert.equal(await frame.locator(".quantizer").count(), 0);
  await frame.locator("#graph-form").selectOption("quantised");
  await frame.locator(".quantizer").first().waitFor();
}

async function followsEdit(context) {
  const { page, workspace } = context;
  const before = await scoreInStatusBar(page);
  await page.locator(".tab", { hasText: workspace.model }).first().click();
  await page.locator(".editor-instance .view-line").first().click();
  await goBehind(context, "weightQuant: int(6");
  await replaceBefore(page, 1, "4");
  const after = await untilOtherScore(page, before);
  const frame = await graphPanel(page);
  await frame.locator("#graph-summary", { hasText: `score ${after}` }).waitFor({ timeout: 60_000 });
  await frame.locator(nodesInGraph, { hasText: "SCALEDINT4" }).first().waitFor();
}

async function leadsToSource({ page }) {
  const frame = await graphPanel(page);
  const isVisible = () => lineWith(page, "return quantLinear(");
  await goTo(page, 1, 1);
  await until("the top of the file", async () => (await isVisible()) === undefined);
  await frame.locator('g[data-node="linear"]').click();
  await until("the classifier in the editor", isVisible);
}

async function marksCursor(context) {
  const { page, workspace, shoot } = context;
  const frame = await graphPanel(page);
  await page.locator(".tab", { hasText: workspace.model }).first().click();
  await goBehind(context, "quantHardTanh(");
  await frame.locator('g[data-node="hardtanh.act_quant"][data-highlighted]').waitFor({ timeout: 60_000 });
  assert.equal(await frame.locator('g[data-node="linear"][data-highlighted]').count(), 0);
  await goBehind(context, "{ kernelSize: 27");
  const convolutions = frame.locator('g[data-highlighted][aria-label^="Conv"]');
  await until("both convolutions of the row", async () => (await convolutions.count()) === 2);
  const file = path.join(workspace.folder, ".vscode/settings.json");
  for (const name of ["Light Modern", "Dark Modern"]) {
    writeFileSync(file, JSON.stringify({ "workbench.colorTheme": `Default ${name}` }));
    const kind = name.startsWith("Light") ? "vscode-light" : "vscode-dark";
    await until(name, () => frame.evaluate((theme) => document.body.classList.contains(theme), kind));
    await shoot(`1-${name}-marked`);
  }
  await goBehind(context, "return quantLinear(");
  const linear = frame.locator('g[data-node="linear"][data-highlighted]');
  await linear.waitFor();
  await until("the classifier in view", () =>
    linear.evaluate((node) => {
      const [own, all] = [node, node.closest("#graph-scroller")].map((each) => each.getBoundingClientRect());
      return own.top >= all.top && own.bottom <= all.bottom;
    }),
  );
}

const count = (value) => value.toLocaleString("en-GB");

async function showsCost({ page, workspace, shoot }) {
  await openFile(page, onnx);
  const frame = await onnxEditor(page);
  const cost = printedCost(path.join(workspace.folder, onnx));
  const cells = await frame.locator('#totals tr[data-flavor="finn-base"] td').allInnerTexts();
  assert.deepEqual(cells.slice(0, 4), [
    String(Number(cost.quantlens.score.toPrecision(5))),
    count(cost.total_bops),
    count(cost.total_mem_w_bits),
    count(cost.total_mem_o_bits),
  ]);
  for (const { name, bops, memWBits, inputType, weightType } of cost.quantlens.layers) {
    const row = await frame.locator(`#nodes tr[data-row="${name}"]`).innerText();
    for (const text of [count(bops), count(memWBits), inputType, weightType])
      assert.ok(row.includes(text), `${name}: ${text}`);
  }
  await shoot("2-onnx");
}

async function sorts({ page, workspace, pictures }) {
  const frame = await onnxEditor(page);
  const heading = frame.locator('#nodes th[data-column="bops"] button');
  await heading.click();
  await frame.locator('#nodes th[data-column="bops"][aria-sort="ascending"]').waitFor();
  await heading.click();
  await frame.locator('#nodes th[data-column="bops"][aria-sort="descending"]').waitFor();
  const { layers } = printedCost(path.join(workspace.folder, onnx)).quantlens;
  const dearest = layers.toSorted((a, b) => b.bops - a.bops)[0];
  assert.equal(await frame.locator("#nodes tbody tr").first().getAttribute("data-row"), dearest.name);
  await pictures.take(page, "onnx-editor");
}

async function drawsFile({ page, shoot }) {
  const frame = await onnxEditor(page);
  await frame.locator("#tab-graph").click();
  await frame.locator(`${nodesInGraph} .heat`).first().waitFor({ timeout: 60_000 });
  await shoot("3-onnx-graph");
  await frame.locator('g[data-node="linear"]').click();
  await until("the row of the classifier", () =>
    frame.evaluate(() => document.activeElement?.closest("tr")?.dataset.row === "linear"),
  );
}

async function themes({ page, workspace, shoot }) {
  const file = path.join(workspace.folder, ".vscode/settings.json");
  const frame = await onnxEditor(page);
  for (const name of ["Light Modern", "Dark Modern"]) {
    writeFileSync(file, JSON.stringify({ "workbench.colorTheme": `Default ${name}` }));
    const kind = name.startsWith("Light") ? "vscode-light" : "vscode-dark";
    await until(name, () => frame.evaluate((theme) => document.body.classList.contains(theme), kind));
    await shoot(`4-${name}-nodes`);
    await frame.locator("#tab-graph").click();
    await frame.locator(nodesInGraph).first().waitFor();
    await shoot(`4-${name}-graph`);
    await frame.locator("#tab-nodes").click();
  }
}

async function mends({ page, workspace, shoot }) {
  await openFile(page, broken);
  const frame = await webviewWith(page, "#problem:not([hidden])");
  await frame.locator("#problem", { hasText: "The file is a text file, where an ONNX model is expected" }).waitFor();
  await shoot("5-broken");
  copyFileSync(path.join(workspace.folder, onnx), path.join(workspace.folder, broken));
  await frame.locator("#nodes tbody tr").first().waitFor({ timeout: 60_000 });
  assert.equal(await frame.locator("#problem").isVisible(), false);
}

async function reload({ page, server, workspace }) {
  await untilKept(page, /bops\W+descending\W+true/);
  await reopenWorkbench(page, server, workspace.folder);
  await page.locator(".tab", { hasText: onnx }).click({ timeout: 90_000 });
  const frame = await webviewWith(page, '#nodes th[data-column="bops"][aria-sort="descending"]');
  assert.equal(await frame.locator("#file").innerText(), onnx);
  await page.locator(".tab", { hasText: workspace.model }).first().click();
  await untilCosts(page, "quantLinear(");
}
