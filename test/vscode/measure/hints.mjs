/** From opening a model, and from a keystroke, to the hints on the screen. */
import path from "node:path";
import { closeWorkbench, newPage, openWorkbench } from "../lib/browser.mjs";
import { goBehind, untilCosts, untilScore } from "../lib/editor.mjs";
import { runCommand } from "../lib/palette.mjs";
import { descendantsWith } from "../lib/processes.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

/** One sample in milliseconds, from a window of its own in which the extension is active. */
export async function measureOpening({ server, browser }) {
  const workspace = createWorkspace();
  const page = await newPage(browser);
  try {
    await openWorkbench(page, server, { folder: workspace.folder, file: path.join(workspace.folder, workspace.plain) });
    await runCommand(page, "QuantLens: Show Log");
    await page.locator(".panel .monaco-select-box", { hasText: "QuantLens" }).first().waitFor();
    await page.keyboard.press("Control+j");
    await runCommand(page, "View: Close Editor");
    await until("a window that is at rest", () => isIdle(page));
    await page.evaluate(installStopwatch);
    await page.keyboard.press("Control+p");
    const input = page.locator(".quick-input-widget:visible input[type=text]");
    await input.fill(workspace.model);
    await page.locator(".quick-input-widget .monaco-list-row", { hasText: workspace.model }).first().waitFor();
    await page.evaluate(() => globalThis.stopwatch.arm("Enter"));
    await page.keyboard.press("Enter");
    return { firstHint: await page.evaluate(() => globalThis.stopwatch.elapsed) };
  } finally {
    await closeWorkbench(page, () => descendantsWith(server.pid, "--type=extensionHost"));
    workspace.remove();
  }
}

/** True when no frame of the last second was late: the window has nothing left to do. */
function isIdle(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let last = performance.now();
        const end = last + 1000;
        const frame = (now) => {
          if (now - last > 100) resolve(false);
          else if (now > end) resolve(true);
          else requestAnimationFrame(frame);
          last = now;
        };
        requestAnimationFrame(frame);
      }),
  );
}

/** Samples from a key that changes a bit width to other costs on the screen, in milliseconds, in one warm window. */
export async function measureKeystrokes({ server, browser }, count) {
  const workspace = createWorkspace();
  const page = await newPage(browser);
  try {
    await openWorkbench(page, server, { folder: workspace.folder, file: path.join(workspace.folder, workspace.model) });
    await untilCosts(page);
    await untilScore(page);
    await goBehind({ page, workspace }, "weightQuant: int(6");
    await page.evaluate(installStopwatch);
    const samples = [];
    // The first ones warm the window up.
    for (let index = 0; index < count + 3; index++) {
      const digit = index % 2 === 0 ? "5" : "6";
      await until("a window that is at rest", () => isIdle(page));
      await page.keyboard.press("Shift+ArrowLeft");
      await page.evaluate((key) => globalThis.stopwatch.arm(key), digit);
      await page.keyboard.press(digit);
      samples.push(await page.evaluate(() => globalThis.stopwatch.elapsed));
    }
    return samples.slice(3);
  } finally {
    await closeWorkbench(page, () => descendantsWith(server.pid, "--type=extensionHost"));
    workspace.remove();
  }
}

/**
 * Runs in the page. `arm(key)`: the next press of the key starts the watch, and the first frame in which other costs
 * stand in the editor than at the press stops it; `elapsed` resolves to the milliseconds between.
 */
function installStopwatch() {
  const costs = () =>
    [...document.querySelectorAll(".editor-instance .view-line")]
      .flatMap((line) => line.textContent.match(/[\d.]+.[kMG]?bop/g) ?? [])
      .join();
  globalThis.stopwatch = {
    arm(key) {
      this.elapsed = new Promise((resolve) => {
        const pressed = (event) => {
          if (event.key !== key) return;
          removeEventListener("keydown", pressed, true);
          const started = performance.now();
          const before = costs();
          const look = () => {
            const now = costs();
            if (now !== "" && now !== before) resolve(performance.now() - started);
            else requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        };
        addEventListener("keydown", pressed, true);
      });
    },
  };
}
