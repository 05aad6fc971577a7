/** The built sweep page in a real browser, with what the real log reader says about a journal. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { SweepLog } from "../../client/src/sweep/sweep-log.js";
import type { SweepEvent } from "../../cli/sweep/events.js";
import { describeInBrowser, showBuiltPage, type ShownPage, type ShowOptions } from "./page.js";
import type { ThemeName } from "./themes.js";

const screenshots = process.env.QUANTLENS_SCREENSHOTS;

function recordOf(done: number) {
  const stages = [{ name: "train 1", kind: "train", epochs: 4, key: "k" }];
  const events: SweepEvent[] = [
    {
      event: "sweep",
      schema: 1,
      tool: "quantlens",
      model: "Net",
      sampler: "grid",
      rows: 6,
      varied: ["bits"],
      engine: "local",
      workers: 2,
    },
    ...[1, 2, 3, 4, 5, 6].map((row): SweepEvent => ({ event: "row", row, parameters: { bits: row }, stages })),
    ...Array.from({ length: done }, (_, index): SweepEvent => {
      const accuracy = 0.4 + index * 0.06 - (index % 2) * 0.1;
      return {
        event: "result",
        row: index + 1,
        seconds: 1,
        accuracy,
        score: 0.01 * (index + 1),
        bops: 1e7,
        memWBits: 1e4,
        density: 0.5,
      };
    }),
    { event: "job", row: 5, key: "k", stage: 1, name: "train 1", state: "started", attempt: 1 },
    { event: "progress", row: 5, stage: 1, epoch: 2, epochs: 4, share: 0.5 },
    { event: "failed", row: 6, message: "No data." },
  ];
  const log = new SweepLog();
  log.add(
    events.map((event) => JSON.stringify(event)),
    true,
  );
  return { ...log.record(new Set([1, 3])), goal: 0.5, scoreBudget: 0.025 };
}

describeInBrowser("a sweep's page", (browser) => {
  async function show(options: ShowOptions = {}): Promise<ShownPage<"sweep">> {
    const shown = await showBuiltPage(browser(), "sweep", { subject: "file:///project/sweeps/net-1", ...options });
    await expect.poll(() => shown.sent[0]).toEqual({ kind: "ready" });
    await shown.post({ kind: "sweep", sweep: recordOf(4) });
    await shown.page.locator("#rows tbody tr").first().waitFor();
    return shown;
  }

  it("shows rows with their states, and follows them", async () => {
    const { page, post, errors } = await show();
    expect(await page.locator("#sweep-status").innerText()).toBe("running: 4 done, 1 running, 1 failed of 6");
    expect(await page.locator('#rows tr[data-row="5"]').innerText()).toContain("train 1: epoch 2 of 4");
    expect(await page.locator('#rows tr[data-row="6"]').innerText()).toContain("No data.");
    await expect.poll(() => page.locator("#pareto .canvas").getAttribute("data-points")).toBe("4");
    await post({ kind: "sweep", sweep: recordOf(3) });
    await expect.poll(() => page.locator("#pareto .canvas").getAttribute("data-points")).toBe("3");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("opens a row's run, and sorts by any column", async () => {
    const { page, sent } = await show();
    await page.locator('#rows th[data-column="accuracy"] button').click();
    await expect.poll(() => page.locator("#rows tbody tr").first().getAttribute("data-row")).toBe("5");
    await page.locator('#rows tr[data-row="3"] button').click();
    await expect.poll(() => sent.at(-1)).toEqual({ kind: "open", row: 3 });
    await page.close();
  });

  it.skipIf(screenshots === undefined).each<ThemeName>(["dark", "light", "highContrast"])(
    "looks well in %s",
    async (theme) => {
      const { page } = await show({ theme, height: 700 });
      await page.locator("#pareto .canvas[data-points]").waitFor();
      mkdirSync(screenshots!, { recursive: true });
      await page.screenshot({ path: path.join(screenshots!, `sweep-${theme}.png`) });
      await page.close();
    },
  );
});
