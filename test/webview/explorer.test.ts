/** The built explorer in a real browser, with what the real server's feature says about real models. */
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, it } from "vitest";
import { explore } from "../../server/src/features/explore.js";
import { modelUri, OpenModel, type OpenOptions } from "../../server/test/open-model.js";
import type { ExploreRecord, WhatIf } from "../../shared/messages.js";
import { describeInBrowser, showBuiltPage, type ShownPage, type ShowOptions } from "./page.js";
import type { ThemeName } from "./themes.js";

const bacalhaunet = readFileSync(
  path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.model.ts"),
  "utf8",
);
/** Where screenshots go when someone wants to look at them. */
const screenshots = process.env.QUANTLENS_SCREENSHOTS;

async function recordOf(opened: OpenModel, whatIf?: WhatIf): Promise<ExploreRecord> {
  const state = await opened.state();
  return explore(state, { uri: modelUri, ...(whatIf && { whatIf }) }, await opened.store.base(state))!;
}

describeInBrowser("the cost explorer's page", (browser) => {
  let opened: OpenModel;
  beforeAll(async () => {
    opened = await openModel();
  });

  const openModel = (options: OpenOptions = {}): Promise<OpenModel> => OpenModel.open(bacalhaunet, options);

  async function show(options: ShowOptions = {}, record?: ExploreRecord): Promise<ShownPage<"explorer">> {
    const shown = await showBuiltPage(browser(), "explorer", options);
    await expect.poll(() => shown.sent[0]).toEqual({ kind: "ready" });
    await shown.post({ kind: "record", record: record ?? (await recordOf(opened)) });
    await shown.page.locator(".tile").first().waitFor();
    return shown;
  }

  it("shows every layer as a tile and as a row, with the server's numbers", async () => {
    const record = await recordOf(opened);
    const { page, errors } = await show();
    expect(await page.locator("#layers tbody tr").count()).toBe(record.layers.length);
    const priced = record.layers.filter(({ bops }) => bops > 0);
    expect(await page.locator(".tile[data-layer]").count()).toBe(priced.length);
    expect(await page.locator("#totals").innerText()).toContain("96.9 Mbop");
    expect(await page.locator("#basis").innerText()).toMatch(/Weights:\s+none, dense[^]*Profile:\s+itu2021/);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("reveals the source of a tile by click and by key", async () => {
    const { page, sent } = await show();
    await page.locator(".tile[data-layer]").first().click();
    await expect.poll(() => sent.at(-1)?.kind).toBe("reveal");
    const before = sent.length;
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await expect.poll(() => sent.length).toBe(before + 1);
    expect(sent.at(-1)).toMatchObject({ kind: "reveal", uri: modelUri });
    expect(sent.at(-1)).not.toEqual(sent.at(-2));
    await page.close();
  });

  it("highlights what the cursor is at", async () => {
    const { page, post } = await show();
    const record = await recordOf(opened);
    const layer = record.layers.find(({ kind }) => kind === "quantLinear")!;
    await post({ kind: "cursor", uri: modelUri, ...layer.location!.range.start });
    await page.locator(`.tile[data-highlighted][data-layer="${layer.name}"]`).waitFor();
    expect(await page.locator('#layers tr[aria-selected="true"]').count()).toBe(1);
    await page.close();
  });

  it("asks for what-ifs, shows the answer, and asks to write it", async () => {
    const { page, sent, post } = await show();
    const [width] = (await recordOf(opened)).bitWidths;
    const slider = page.locator(`[data-width="${width!.id}"] input`);
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    const whatIf: WhatIf = { bits: { [width!.id]: width!.bits - 1 }, densities: {} };
    await expect.poll(() => sent.at(-1)).toEqual({ kind: "whatIf", whatIf });
    await post({ kind: "record", record: await recordOf(opened, whatIf) });
    await page.locator('[data-total="score"] [data-note="what-if"] .better').waitFor();
    await page.locator("#write").click();
    await expect.poll(() => sent.at(-1)).toEqual({ kind: "write", whatIf });
    await post({ kind: "written" });
    await expect.poll(() => sent.at(-1)).toEqual({ kind: "whatIf" });
    expect(await page.locator("#write").isDisabled()).toBe(true);
    await page.close();
  });

  it("varies the density of the part that is selected", async () => {
    const { page, sent } = await show();
    await page.locator('.tile[data-kind="model"]').click();
    await page.locator(".slider.density input").fill("25");
    await expect.poll(() => sent.at(-1)).toEqual({ kind: "whatIf", whatIf: { bits: {}, densities: { "/": 0.25 } } });
    await page.close();
  });

  it("sorts its table and keeps how it is set up", async () => {
    const shown = await show();
    await shown.page.locator('#layers th[data-column="memWBits"] button').click();
    await shown.page.locator('#layers th[data-column="memWBits"] button').click();
    await shown.page.locator('#layers th[data-column="memWBits"][aria-sort="descending"]').waitFor();
    await shown.page.selectOption("#metric", "memWBits");
    const state = await shown.state();
    const again = await show({ state });
    expect(await again.page.locator("#metric").inputValue()).toBe("memWBits");
    const { layers } = await recordOf(opened);
    const first = await again.page.locator("#layers tbody tr").first().getAttribute("data-row");
    const largest = Math.max(...layers.map(({ memWBits }) => memWBits));
    expect(layers.find(({ name }) => name === first)?.memWBits).toBe(largest);
    await shown.page.close();
    await again.page.close();
  });

  it("compares with the last commit, layers that are gone included", async () => {
    const other = await openModel();
    other.store.setBaseText(modelUri, { text: bacalhaunet.replace("uint(6)", "uint(4)"), label: "HEAD" });
    const { page } = await show({}, await recordOf(other));
    await page.locator("#compare").check();
    await page.locator('#layers th[data-column="beforeChange"]').waitFor();
    expect(await page.locator("#layers tbody .worse").count()).toBeGreaterThan(0);
    await page.close();
  });

  it("keeps texts of the model file texts", async () => {
    const name = '<img src=x onerror="document.title=1">';
    const record = await recordOf(opened);
    const { page, errors } = await show({}, { ...record, summary: { ...record.summary, name } });
    expect(await page.locator("#model-name").innerText()).toBe(name);
    expect(errors).toEqual([]);
    await page.close();
  });

  it.skipIf(screenshots === undefined).each<ThemeName>(["dark", "light", "highContrast"])(
    "looks well in %s",
    async (theme) => {
      const other = await openModel();
      other.store.setBaseText(modelUri, { text: bacalhaunet.replace("uint(6)", "uint(4)"), label: "HEAD" });
      const [width] = (await recordOf(other)).bitWidths;
      const whatIf: WhatIf = { bits: { [width!.id]: 4 }, densities: { "/": 0.3 } };
      const state = { subject: modelUri, view: { compare: true, whatIf } };
      const { page } = await show({ theme, state }, await recordOf(other, whatIf));
      mkdirSync(screenshots!, { recursive: true });
      await page.screenshot({ path: path.join(screenshots!, `explorer-${theme}.png`) });
      await page.close();
    },
  );
});
