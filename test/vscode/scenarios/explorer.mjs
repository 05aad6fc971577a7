/** The cost explorer: it shows the model, follows edits, leads to the source, writes what-ifs, and outlives a reload. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { keptPanel, reopenWorkbench, untilKept } from "../lib/browser.mjs";
import {
  goBehind,
  goTo,
  lineWith,
  replaceBefore,
  untilCosts,
  untilOtherScore,
  scoreInStatusBar,
  untilScore,
} from "../lib/editor.mjs";
import { runCommand } from "../lib/palette.mjs";
import { webviewWith } from "../lib/panels.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

const weightBits = "weightQuant: int(6";

export default {
  name: "explorer",
  workspace: createWorkspace,
  open: "bacalhaunet.model.ts",
  tests: [
    ["the explorer shows the model's score and a tile per layer", shows],
    ["it follows an edit", follows],
    ["a click on a tile leads to the layer's source", leadsToSource],
    ["its text can be read in a dark, a light and both high-contrast themes", themes],
    ["a reload of the window brings it back", reload],
  ],
};

const totalScore = '#totals [data-total="score"]';

function explorer(page) {
  return webviewWith(page, "#totals");
}

async function shows({ page, pictures, shoot }) {
  await untilCosts(page);
  await runCommand(page, "QuantLens: Show Cost Explorer");
  const frame = await explorer(page);
  const score = await untilScore(page);
  await frame.locator(totalScore, { hasText: score }).waitFor({ timeout: 60_000 });
  assert.ok((await frame.locator(".tile[data-layer]").count()) >= 10, "tiles of the layers");
  assert.ok((await frame.locator("#layers tr[data-row]").count()) >= 10, "rows of the layers");
  await shoot("1-explorer");
  await pictures.take(page, "cost-explorer");
}

async function follows(context) {
  const { page } = context;
  const before = await scoreInStatusBar(page);
  await page.locator(".tab", { hasText: context.workspace.model }).first().click();
  await page.locator(".editor-instance .view-line").first().click();
  await goBehind(context, weightBits);
  await replaceBefore(page, 1, "4");
  const after = await untilOtherScore(page, before);
  const frame = await explorer(page);
  await frame.locator(totalScore, { hasText: after }).waitFor({ timeout: 60_000 });
}

async function leadsToSource({ page }) {
  const frame = await explorer(page);
  const isVisible = () => lineWith(page, "return quantLinear(");
  await goTo(page, 1, 1);
  await until("the top of the file", async () => (await isVisible()) === undefined);
  await frame.locator('#layers tr[data-row="linear"] button').first().click();
  await until("the classifier in the editor", isVisible);
}

/** Contrast that WCAG 2 asks of text (success criterion 1.4.3). */
const leastContrast = 4.5;

async function themes({ page, workspace, shoot }) {
  const file = path.join(workspace.folder, ".vscode/settings.json");
  const names = ["Dark Modern", "Light Modern", "High Contrast", "High Contrast Light"];
  for (const [index, name] of names.entries()) {
    const theme = `Default ${name}`;
    writeFileSync(file, JSON.stringify({ "workbench.colorTheme": theme }));
    const dark = index % 2 === 0;
    const colours = await until(`the theme ${theme}`, async () => {
      const found = await (await explorer(page)).evaluate(textAndGround);
      return luminance(found.ground) < 0.5 === dark && found;
    });
    const contrast = contrastOf(colours.text, colours.ground);
    assert.ok(contrast >= leastContrast, `${theme}: the text has a contrast of ${contrast.toFixed(1)}`);
    await shoot(`2-${name}`);
  }
}

/** Runs in the page of the explorer: the colours of its text and of its ground, as `rgb(...)`. */
function textAndGround() {
  const style = getComputedStyle(document.body);
  const ground = style.backgroundColor === "rgba(0, 0, 0, 0)" ? document.documentElement : document.body;
  return { text: style.color, ground: getComputedStyle(ground).backgroundColor };
}

/** Relative luminance of an `rgb(...)`, as WCAG 2 defines it. */
function luminance(color) {
  const channels = color
    .match(/[\d.]+/g)
    .slice(0, 3)
    .map((value) => Number(value) / 255);
  const [red, green, blue] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(first, second) {
  const [dark, light] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

async function reload({ page, server, workspace }) {
  await untilKept(page, keptPanel("explorer"));
  await reopenWorkbench(page, server, workspace.folder);
  const frame = await explorer(page);
  await frame.locator(totalScore, { hasText: /\d\.\d+/ }).waitFor({ timeout: 90_000 });
}
