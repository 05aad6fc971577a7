/** The built editor of ONNX files in a real browser, with what the server's own reader says about real and odd files. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import type { ReadNetwork } from "../../server/src/networks/jobs.js";
import { mostNodes } from "../../server/src/networks/record.js";
import { readNetwork } from "../../server/src/networks/read-network.js";
import { drawDiagram } from "../../shared/diagram/draw.js";
import { deepNetwork } from "../../shared/diagram/testing/networks.js";
import type { DrawingRecord } from "../../shared/network-messages.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { draftGraph } from "../../shared/testing/draft-graph.js";
import { contrastOf, leastContrast, type Ground } from "./contrast.js";
import { describeInBrowser, showBuiltPage, type ShownPage, type ShowOptions } from "./page.js";
import { themes, type ThemeName } from "./themes.js";

const subject = "file:///project/net.onnx";
/** Where screenshots go when someone wants to look at them. */
const screenshots = process.env.QUANTLENS_SCREENSHOTS;
const example = path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.onnx");

/** These run in the page. */
const rowNames = `[...document.querySelectorAll("#nodes tbody tr")].map((row) => row.dataset.row)`;
const heatsByNode = `[...document.querySelectorAll("#graph-scroller g[data-node] .heat")].map((rect) => [
  rect.closest("g").dataset.node,
  Number(rect.getAttribute("fill-opacity")),
])`;
const coloursOfDearest = `(() => {
  const opacityOf = (rect) => Number(rect.getAttribute("fill-opacity"));
  const rects = [...document.querySelectorAll("#graph-scroller g[data-node] .heat")];
  const dearest = rects.sort((a, b) => opacityOf(b) - opacityOf(a))[0];
  const style = (selector) => getComputedStyle(dearest.closest("g").querySelector(selector));
  const above = style(".heat");
  return {
    ink: style(".title").fill,
    ground: { below: style(".operation").fill, above: above.fill, opacity: above.fillOpacity * above.opacity },
  };
})()`;

function read(source: { path: string } | { bytes: Uint8Array }): ReadNetwork {
  const answer = readNetwork({ kind: "read", source, title: "net.onnx", flavor: "finn-base", discountSparsity: true });
  if ("problem" in answer) throw new Error(answer.problem);
  return answer;
}

function drawingOf({ diagrams }: ReadNetwork, form: DrawingRecord["form"] = "quantised"): DrawingRecord {
  const diagram = diagrams[form];
  if ("problem" in diagram) throw new Error(diagram.problem);
  const { title, summary } = diagram;
  return { form, title, summary, svg: drawDiagram(diagram, { styled: false }).svg, fresh: true, places: {}, parts: [] };
}

describeInBrowser("the page of an ONNX file", (browser) => {
  const bacalhaunet = read({ path: example });

  async function show(options: ShowOptions = {}, read = bacalhaunet): Promise<ShownPage<"onnx">> {
    const shown = await showBuiltPage(browser(), "onnx", { subject, ...options });
    await expect.poll(() => shown.sent[0]).toEqual({ kind: "ready" });
    await shown.post({ kind: "network", network: read.record });
    await shown.page.locator("#content:not([hidden])").waitFor();
    return shown;
  }

  async function showGraph(options: ShowOptions = {}, read = bacalhaunet): Promise<ShownPage<"onnx">> {
    const shown = await show(options, read);
    await shown.page.locator("#tab-graph").click();
    await expect.poll(() => shown.sent.at(-1)).toEqual({ kind: "draw", form: "quantised" });
    await shown.post({ kind: "drawing", drawing: drawingOf(read) });
    await shown.page.locator("#graph-scroller svg").waitFor();
    return shown;
  }

  it("shows the totals of both tools, and every node with its price", async () => {
    const { page, errors } = await show();
    const totals = await page.locator("#totals tbody tr").allInnerTexts();
    expect(totals.map((text) => text.split("\t").slice(0, 4))).toEqual([
      ["finn-base", "0.08246", "96,933,888", "55,908"],
      ["qonnx", "0.08246", "96,933,888", "55,908"],
    ]);
    const { nodes } = bacalhaunet.record;
    expect(await page.locator("#nodes tbody tr").count()).toBe(nodes.length);
    const priced = nodes.find(({ costs }) => costs["finn-base"].price === "priced")!;
    const row = await page.locator(`#nodes tr[data-row="${priced.name}"]`).innerText();
    expect(row).toContain(priced.costs["finn-base"].bops.toLocaleString("en"));
    expect(row).toContain("SCALEDINT6");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("sorts and filters its nodes, shows the other tool's cost, and keeps all that", async () => {
    const shown = await show();
    const { page } = shown;
    await page.locator('#nodes th[data-column="bops"] button').click();
    await page.locator('#nodes th[data-column="bops"] button').click();
    await page.locator('#nodes th[data-column="bops"][aria-sort="descending"]').waitFor();
    await page.locator("#filter").fill("conv");
    await page.locator("#flavor").selectOption("qonnx");
    await page.locator('#totals tr[data-flavor="qonnx"][aria-selected="true"]').waitFor();
    const state = await shown.state();
    const again = await show({ state });
    const names = await again.page.evaluate<string[]>(rowNames);
    const wanted = bacalhaunet.record.nodes.filter(({ name, operator }) => /conv/i.test(`${name} ${operator}`));
    expect(names.toSorted()).toEqual(wanted.map(({ name }) => name).sort());
    const byName = new Map(wanted.map(({ name, costs }) => [name, costs.qonnx]));
    const priced = names.flatMap((name) => byName.get(name) ?? []).slice(0, 10);
    expect(priced.every(({ price }) => price === "priced")).toBe(true);
    expect(priced.map(({ bops }) => bops)).toEqual(priced.map(({ bops }) => bops).toSorted((a, b) => b - a));
    expect(await again.page.locator("#nodes tbody").innerText()).toContain("SCALEDINT<6>");
    await page.close();
    await again.page.close();
  });

  it("has the official dictionaries of both tools", async () => {
    const { page } = await show();
    await page.locator("#tab-nodes").focus();
    await page.keyboard.press("End");
    await page.locator("#official tr").first().waitFor();
    const row = page.locator('#official tr[data-row="total_bops"]');
    const { costs } = bacalhaunet.record;
    expect((await row.innerText()).split("\t")).toEqual([
      "total_bops",
      String(costs["finn-base"].total.bops),
      String(costs.qonnx.total.bops),
    ]);
    await page.close();
  });

  it("draws the graph with the cost as colour, and the dearest node darkest", async () => {
    const { page, errors } = await showGraph();
    const nodes = page.locator('#graph-scroller g[role="graphics-symbol"]');
    const diagram = bacalhaunet.diagrams.quantised;
    if ("problem" in diagram) throw new Error(diagram.problem);
    expect(await nodes.count()).toBe(diagram.nodes.length);
    const heats = await page.evaluate<[name: string, opacity: number][]>(heatsByNode);
    const { nodes: listed } = bacalhaunet.record;
    const dearest = listed.toSorted((a, b) => b.costs["finn-base"].share - a.costs["finn-base"].share)[0]!;
    expect(heats.toSorted((a, b) => b[1] - a[1])[0]![0]).toBe(dearest.name);
    expect(new Set(heats.map(([, opacity]) => opacity)).size).toBeGreaterThan(3);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("leads from a row to the node in the graph and back, by keyboard alone", async () => {
    const { page, post, sent } = await show();
    const { name } = bacalhaunet.record.nodes.at(-2)!;
    await page.locator(`#nodes tr[data-row="${name}"] button`).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => sent.at(-1)?.kind).toBe("draw");
    await post({ kind: "drawing", drawing: drawingOf(bacalhaunet) });
    const focused = () => page.evaluate("document.activeElement?.dataset.node");
    await expect.poll(focused).toBe(name);
    await page.keyboard.press("ArrowUp");
    await expect.poll(focused).not.toBe(name);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.locator("#nodes").waitFor();
    const row = () => page.evaluate('document.activeElement?.closest("tr")?.dataset.row');
    await expect.poll(row).toBe(name);
    await page.close();
  });

  it("zooms, keeps zoom and place, and asks for the other form", async () => {
    const shown = await showGraph();
    const { page, sent, post } = shown;
    await page.locator("#zoom-in").click();
    await page.locator("#zoom-in").click();
    const zoom = await page.locator("#graph-zoom").innerText();
    await page.evaluate('document.querySelector("#graph-scroller").scrollTop = 120');
    await expect.poll(async () => JSON.stringify(await shown.state())).toContain('"top":120');
    const again = await showGraph({ state: await shown.state() });
    expect(await again.page.locator("#graph-zoom").innerText()).toBe(zoom);
    expect(await again.page.evaluate('document.querySelector("#graph-scroller").scrollTop')).toBe(120);
    await again.page.close();
    await page.locator("#graph-form").selectOption("float");
    await expect.poll(() => sent.at(-1)).toEqual({ kind: "draw", form: "float" });
    await post({ kind: "drawing", drawing: drawingOf(bacalhaunet, "float") });
    await expect.poll(() => page.locator("#graph-scroller .quantizer").count()).toBe(0);
    await page.close();
  });

  it("says what has no price, and where", async () => {
    const draft = draftGraph();
    const x = draft.node("GlobalMaxPool", [draft.input("x", [1, 4, 8])], {}, { name: "pool" });
    const { page } = await show(
      {},
      read({ bytes: writeQonnx(draft.build(draft.node("Mystery", [x], {}, { name: "m" }))) }),
    );
    expect(await page.locator("#notices").innerText()).toContain("no price for GlobalMaxPool, Mystery");
    expect(await page.locator('#nodes tr[data-row="m"]').innerText()).toContain("no price");
    await page.close();
  });

  it("keeps names of the file texts, in the table and in the graph", async () => {
    const name = '<img src=x onerror="document.title=1">';
    const draft = draftGraph();
    const y = draft.node("Relu", [draft.input(`${name}in`, [1, 4])], {}, { name });
    const { page, errors } = await showGraph({}, read({ bytes: writeQonnx(draft.build(y)) }));
    expect(await page.locator("#nodes tbody tr button").first().textContent()).toBe(name);
    expect(await page.locator("#graph-scroller g[data-node]").getAttribute("data-node")).toBe(name);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).not.toBe("1");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("says in a sentence why there is nothing to show, and shows a file that has been mended", async () => {
    const { page, post } = await show();
    await post({ kind: "noNetwork", message: "The file is empty." });
    await page.locator("#problem", { hasText: "The file is empty." }).waitFor();
    expect(await page.locator("#content").isVisible()).toBe(false);
    await post({ kind: "network", network: bacalhaunet.record });
    await page.locator("#content").waitFor();
    expect(await page.locator("#problem").isVisible()).toBe(false);
    await page.close();
  });

  it("says that a large graph is shown in part, with the nodes that cost most", async () => {
    const large = read({ bytes: writeQonnx(deepNetwork(mostNodes)) });
    const { page } = await show({}, large);
    expect(large.record.nodeCount).toBe(2 * mostNodes);
    expect(await page.locator("#limited").innerText()).toContain("4,000 nodes: here are the 2,000 that cost most");
    expect(await page.locator("#nodes tbody tr").count()).toBe(mostNodes);
    expect(large.record.nodes.every(({ operator }) => operator === "Conv")).toBe(true);
    await page.close();
  });

  it.each(Object.keys(themes) as ThemeName[])("can be read in the theme %s, the dearest node too", async (theme) => {
    const { page } = await showGraph({ theme });
    const { ink, ground } = await page.evaluate<{ ink: string; ground: Ground }>(coloursOfDearest);
    expect(contrastOf(ink, ground)).toBeGreaterThan(leastContrast);
    if (screenshots !== undefined) {
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: path.join(screenshots, `onnx-graph-${theme}.png`) });
      await page.locator("#tab-nodes").click();
      await page.locator('#nodes th[data-column="share"] button').click();
      await page.locator('#nodes th[data-column="share"] button').click();
      await page.screenshot({ path: path.join(screenshots, `onnx-nodes-${theme}.png`) });
    }
    await page.close();
  });
});
