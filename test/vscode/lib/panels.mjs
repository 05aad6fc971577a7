/** Webviews, terminals and trees of the workbench. */
import { plain } from "./editor.mjs";
import { until } from "./until.mjs";

/** The frame of the webview that has `selector` in it; VS Code nests it in two frames. */
export async function webviewWith(page, selector) {
  return until(`a webview with ${selector}`, async () => {
    for (const frame of page.frames()) {
      if (frame !== page.mainFrame() && (await frame.locator(selector).count()) > 0) return frame;
    }
    return undefined;
  });
}

/** The text in the terminal that is shown, lines joined. */
export async function terminalText(page) {
  const texts = await page.locator(".terminal-wrapper.active .xterm-rows").allInnerTexts();
  return plain(texts.join("\n"));
}

/** Waits until the terminal shows `pattern`, and returns its text. */
export async function untilTerminal(page, pattern, limitMs) {
  return until(
    `${pattern} in the terminal`,
    async () => {
      const text = await terminalText(page);
      return pattern.test(text) && text;
    },
    limitMs,
  );
}

/** The rows of the tree in the view with this title, as texts. */
export async function treeRows(page, view) {
  const rows = await viewPane(page, view).locator(".monaco-list-row").allInnerTexts();
  return rows.map((row) => plain(row).replaceAll("\n", " ").trim());
}

/** The pane of the side bar with this title. */
export function viewPane(page, view) {
  return page.locator(".pane", { has: page.locator(".pane-header", { hasText: view }) });
}

/** Opens the container of the activity bar with this name. */
export async function openContainer(page, name) {
  const label = page.locator(`.action-label[aria-label^="${name}"]`);
  const item = page.locator(".activitybar li.action-item", { has: label }).first();
  await item.waitFor({ timeout: 60_000 });
  // A badge may lie over the icon.
  if ((await item.getAttribute("aria-expanded")) !== "true") await item.click({ position: { x: 8, y: 8 } });
}
