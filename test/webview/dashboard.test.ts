/** The built dashboard in a real browser, with what the real log reader says about event files. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { evaluationRecord } from "../../cli/train/run/evaluation-record.js";
import { evaluationCounter } from "../../cli/evaluate/evaluation.js";
import { RunLog } from "../../client/src/dashboard/run-log.js";
import type { RunUpdate } from "../../client/src/panels/dashboard-messages.js";
import { eventLines } from "./run-events.js";
import { describeInBrowser, showBuiltPage, type ShownPage, type ShowOptions } from "./page.js";
import type { ThemeName } from "./themes.js";

const screenshots = process.env.QUANTLENS_SCREENSHOTS;
const first = "file:///project/runs/net-1";
const second = "file:///project/runs/net-2";

function updateOf(lines: readonly string[]): RunUpdate {
  const log = new RunLog();
  log.add(lines, false);
  return log.take();
}

/** Predictions of three classes at three ratios, more of them right the better the ratio. */
function evaluation() {
  const counter = evaluationCounter(3, [-10, 0, 10]);
  for (let sample = 0; sample < 300; sample++) {
    const [label, snr] = [sample % 3, [-10, 0, 10][Math.floor(sample / 100)] ?? 0];
    const predicted = (sample * 7) % 30 < snr + 16 ? label : (label + 1) % 3;
    counter.add(
      Float32Array.from({ length: 3 }, (_, index) => (index === predicted ? 1 : 0)),
      [label],
      [snr],
    );
  }
  const classes = ["BPSK", "QPSK", '<b onclick="x">8PSK</b>'];
  return evaluationRecord(counter.result(), { network: "train 1", part: "test", classes });
}

describeInBrowser("the training dashboard's page", (browser) => {
  async function show(options: ShowOptions = {}): Promise<ShownPage<"dashboard">> {
    const shown = await showBuiltPage(browser(), "dashboard", { subject: "training", ...options });
    await expect.poll(() => shown.sent[0]).toEqual({ kind: "ready" });
    const entry = (run: string, label: string) => ({ run, label, model: "Net" });
    await shown.post({ kind: "runs", runs: [entry(first, "runs/net-1"), entry(second, "runs/net-2")] });
    return shown;
  }

  async function showRun(options: ShowOptions = {}): Promise<ShownPage<"dashboard">> {
    const shown = await show(options);
    await expect.poll(() => shown.sent.at(-1)).toMatchObject({ kind: "follow", runs: [first] });
    await shown.post({ kind: "update", run: first, update: updateOf(eventLines()) });
    await shown.post({ kind: "evaluation", run: first, evaluation: evaluation() });
    await shown.page.locator("#loss .canvas[data-points]").waitFor();
    return shown;
  }

  it("follows the newest run, and draws what its events say", async () => {
    const { page, errors } = await showRun();
    const points = async (chart: string) => page.locator(`#${chart} .canvas`).getAttribute("data-points");
    await expect.poll(() => points("confusion")).toBe("9");
    // 120 batches and 6 epochs.
    expect(await points("loss")).toBe("126");
    expect(await points("accuracy")).toBe("6");
    expect(await points("score")).toBe("3");
    expect(await points("snr")).toBe("3");
    expect(await page.locator("#stages tbody tr").count()).toBe(3);
    expect(await page.locator("#runs .status").first().innerText()).toMatch(
      /prune 2, epoch 2 of 2, batch 20 of 20, 1,234 samples\/s/,
    );
    expect(await page.locator("#pareto .canvas").getAttribute("aria-label")).toContain("prune 2: score 0.0160");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("grows with the run, and says how it ended", async () => {
    const { page, post } = await showRun();
    const log = new RunLog();
    log.add(eventLines(), false);
    log.take();
    log.add(
      [JSON.stringify({ time: "2026-01-01T00:10:00Z", event: "end", status: "interrupted", message: "Ctrl-C." })],
      false,
    );
    await post({ kind: "update", run: first, update: log.take() });
    await expect.poll(() => page.locator("#runs .status").first().innerText()).toBe("interrupted: Ctrl-C.");
    expect(await page.locator("#loss .canvas").getAttribute("data-points")).toBe("126");
    await page.close();
  });

  it("lays several runs over each other, keeps the choice, and forgets runs that are let go", async () => {
    const { page, sent, post, state } = await showRun();
    await page.locator('input[data-run="runs/net-2"]').check();
    await expect.poll(() => sent.at(-1)).toEqual({ kind: "follow", runs: [first, second] });
    await post({ kind: "update", run: second, update: updateOf(eventLines({ offset: 0.1 })) });
    await expect.poll(() => page.locator("#loss .canvas").getAttribute("data-points")).toBe("252");
    const again = await showBuiltPage(browser(), "dashboard", { subject: "training", state: await state() });
    await expect.poll(() => again.sent.at(-1)).toEqual({ kind: "follow", runs: [first, second] });
    // What is chosen is shown at once, by its folder, and as the workspace names it when the runs are listed.
    await again.page.locator('input[data-run="project/runs/net-1"]').waitFor();
    await again.post({ kind: "runs", runs: [{ run: first, label: "runs/net-1", model: "Net" }] });
    expect(await again.page.locator('li:has(input[data-run="runs/net-1"])').innerText()).toContain("runs/net-1");
    await page.locator('input[data-run="runs/net-1"]').uncheck();
    await expect.poll(() => page.locator("#loss .canvas").getAttribute("data-points")).toBe("126");
    await page.close();
    await again.page.close();
  });

  it("says that there are no runs", async () => {
    const { page, post } = await showBuiltPage(browser(), "dashboard", { subject: "training" });
    await post({ kind: "runs", runs: [] });
    await page.locator("#no-runs").waitFor();
    await page.close();
  });

  it("says that a run has not said anything for long", async () => {
    const { page, post } = await show();
    const { info, ...rest } = updateOf(eventLines());
    await post({ kind: "update", run: first, update: { ...rest, info: { ...info, lastEvent: 0 } } });
    await expect
      .poll(() => page.locator("#runs .status").first().innerText())
      .toMatch(/^no word since .*may have been killed/);
    await page.close();
  });

  it.skipIf(screenshots === undefined).each<ThemeName>(["dark", "light", "highContrast"])(
    "looks well in %s",
    async (theme) => {
      const { page, post } = await showRun({ theme, height: 1500 });
      await page.locator('input[data-run="runs/net-2"]').check();
      await post({ kind: "update", run: second, update: updateOf(eventLines({ offset: 0.1 })) });
      await expect.poll(() => page.locator("#loss .canvas").getAttribute("data-points")).toBe("252");
      mkdirSync(screenshots!, { recursive: true });
      await page.screenshot({ path: path.join(screenshots!, `dashboard-${theme}.png`) });
      await page.close();
    },
  );
});
