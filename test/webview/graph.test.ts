/** The built page of graphs in a real browser, with drawings that the real server makes of real models. */
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { drawModel } from "../../server/src/features/drawing.js";
import { networkJobs } from "../../server/src/networks/runner.js";
import { modelUri, OpenModel } from "../../server/test/open-model.js";
import type { DrawingRecord } from "../../shared/network-messages.js";
import { describeInBrowser, showBuiltPage, type ShownPage, type ShowOptions } from "./page.js";
import { themes, type ThemeName } from "./themes.js";

const root = path.resolve(import.meta.dirname, "../..");
const bacalhaunet = readFileSync(path.join(root, "examples/bacalhaunet/bacalhaunet.model.ts"), "utf8");
const run = networkJobs(path.join(root, "dist"));
/** Where screenshots go when someone wants to look at them. */
const screenshots = process.env.QUANTLENS_SCREENSHOTS;

async function drawingOf(opened: OpenModel, form: DrawingRecord["form"] = "quantised"): Promise<DrawingRecord> {
  const drawn = await drawModel(await opened.state(), form, run);
  if ("problem" in drawn) throw new Error(drawn.problem);
  return drawn;
}

/** The node at which the keyboard is; runs in the page. */
const focusedNode = "document.activeElement?.dataset.node";

/** The names of the operators that are marked; runs in the page. */
const highlighted = `[...document.querySelectorAll("g[data-highlighted]")].flatMap(({ dataset }) => dataset.node ?? [])`;

const isInView = (name: string): string => `(() => {
  const own = document.querySelector('g[data-node="${name}"]').getBoundingClientRect();
  const all = document.querySelector("#graph-scroller").getBoundingClientRect();
  return own.top >= all.top && own.bottom <= all.bottom;
})()`;

describeInBrowser("the page of a model's graph", (browser) => {
  async function show(drawing: DrawingRecord, options: ShowOptions = {}): Promise<ShownPage<"graph">> {
    const shown = await showBuiltPage(browser(), "graph", { subject: modelUri, ...options });
    await expect.poll(() => shown.sent).toEqual([{ kind: "ready" }, { kind: "draw", form: drawing.form }]);
    await shown.post({ kind: "drawing", drawing });
    await shown.page.locator("#graph-scroller svg").waitFor();
    return shown;
  }

  it("shows the model's name, what it costs, and each node with its types", async () => {
    const { page, errors } = await show(await drawingOf(await OpenModel.open(bacalhaunet)));
    expect(await page.locator("#graph-title").innerText()).toBe("BacalhauNetV1");
    expect(await page.locator("#graph-summary").innerText()).toContain("score 0.0825 · 96.9 Mbop · 55.9 kb");
    expect(await page.locator("#stale").isVisible()).toBe(false);
    const text = await page.locator("#graph-scroller").textContent();
    expect(text).toContain("Conv 27, stride 2, depthwise");
    expect(text).toContain("24×512 SCALEDUINT6");
    expect(await page.locator('g[data-node="linear"]').getAttribute("aria-label")).toContain("Gemm");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("leads to the source of a node, by click and by key", async () => {
    const drawing = await drawingOf(await OpenModel.open(bacalhaunet));
    const { page, sent } = await show(drawing);
    await page.locator('g[data-node="linear"]').click();
    await expect.poll(() => sent.at(-1)?.kind).toBe("reveal");
    const line = bacalhaunet.split("\n").findIndex((text) => text.includes("return quantLinear("));
    expect(sent.at(-1)).toMatchObject({ uri: modelUri, range: { start: { line } } });
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const before = sent.length;
    await page.keyboard.press("Enter");
    await expect.poll(() => sent.length).toBe(before + 1);
    expect(sent.at(-1)).not.toEqual(sent.at(-2));
    await page.close();
  });

  it("marks what the cursor is at, from one layer to all that a helper or a row makes, and brings it into view", async () => {
    const opened = await OpenModel.open(bacalhaunet);
    const drawing = await drawingOf(opened);
    const { page, post } = await show(drawing);
    const lines = bacalhaunet.split("\n");
    const at = async (text: string): Promise<string[]> => {
      const line = lines.findIndex((each) => each.includes(text));
      const character = lines[line]!.indexOf(text) + 1;
      await post({ kind: "cursor", uri: modelUri, line, character });
      return page.evaluate<string[]>(highlighted);
    };
    expect(await page.evaluate(highlighted)).toEqual([]);
    const linear = await at("quantLinear(x");
    expect(linear).toContain("linear");
    await expect.poll(() => page.evaluate(isInView("linear"))).toBe(true);
    const hardtanh = await at("quantHardTanh(x");
    expect(hardtanh).toContain("hardtanh.act_quant");
    expect(hardtanh).not.toContain("linear");
    await expect.poll(() => page.evaluate(isInView("hardtanh.act_quant"))).toBe(true);
    const row = await at("{ kernelSize: 27");
    const convolutions = await at("quantConv1d(x");
    expect(row.filter((name) => /\.conv(_\d+)?$/.test(name))).toHaveLength(2);
    expect(convolutions.filter((name) => /\.conv(_\d+)?$/.test(name))).toHaveLength(10);
    expect(row).not.toEqual(convolutions);

    opened.replace("int(6)", "int(3)");
    await post({ kind: "drawing", drawing: await drawingOf(opened) });
    await page.locator("#graph-scroller g", { hasText: "SCALEDINT3" }).first().waitFor();
    expect(await page.evaluate(highlighted)).toEqual(convolutions);
    expect(await at("import {")).toEqual([]);
    await page.close();
  });

  it("keeps the node that has the keyboard, its zoom and its place when the model is edited", async () => {
    const opened = await OpenModel.open(bacalhaunet);
    const { page, post } = await show(await drawingOf(opened), { width: 700 });
    await page.locator("#zoom-in").click();
    await page.locator('g[data-node="linear"]').click();
    const place =
      'JSON.stringify([document.querySelector("#graph-scroller").scrollTop, document.querySelector("#graph-zoom").innerText])';
    const before = await page.evaluate(place);
    opened.replace("int(6)", "int(3)");
    await post({ kind: "drawing", drawing: await drawingOf(opened) });
    await page.locator("#graph-scroller g", { hasText: "SCALEDINT3" }).first().waitFor();
    expect(await page.evaluate(focusedNode)).toBe("linear");
    expect(await page.evaluate(place)).toBe(before);
    await page.close();
  });

  it("says that the file does not run now, and in a sentence that there is no graph", async () => {
    const opened = await OpenModel.open(bacalhaunet);
    await opened.state();
    opened.replace("defineModel({", "defineModel({{");
    const { page, post } = await show(await drawingOf(opened));
    await page.locator("#stale").waitFor();
    await post({ kind: "noDrawing", message: "There is no graph to show yet." });
    await page.locator("#graph-message", { hasText: "There is no graph" }).waitFor();
    expect(await page.locator("#graph-scroller svg").count()).toBe(0);
    await page.close();
  });

  it("asks for the form that was kept, and draws no other", async () => {
    const opened = await OpenModel.open(bacalhaunet);
    const state = { subject: modelUri, view: { form: "float", zoom: 1.5, left: 0, top: 0 } };
    const { page, post } = await show(await drawingOf(opened, "float"), { state });
    expect(await page.locator("#graph-zoom").innerText()).toBe("150 %");
    await post({ kind: "drawing", drawing: await drawingOf(opened) });
    await post({ kind: "drawing", drawing: await drawingOf(opened, "float") });
    await page.locator("#graph-scroller svg").waitFor();
    expect(await page.locator("#graph-scroller .quantizer").count()).toBe(0);
    await page.close();
  });

  it("keeps names of the model texts", async () => {
    const name = "<img src=x onerror='document.title=1'>";
    const opened = await OpenModel.open(bacalhaunet.replace("BacalhauNetV1", name));
    const { page, errors } = await show(await drawingOf(opened));
    expect(await page.locator("#graph-title").innerText()).toBe(name);
    expect(await page.locator("img").count()).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  });

  it.skipIf(screenshots === undefined).each(Object.keys(themes) as ThemeName[])("looks well in %s", async (theme) => {
    const { page } = await show(await drawingOf(await OpenModel.open(bacalhaunet)), { theme });
    await page.locator('g[data-node="linear"]').click();
    mkdirSync(screenshots!, { recursive: true });
    await page.screenshot({ path: path.join(screenshots!, `graph-${theme}.png`) });
    await page.close();
  });
});
