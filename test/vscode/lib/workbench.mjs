/** Drives VS Code's workbench in a browser. The selectors belong to the pinned version of code-server. */
import { chromium } from "playwright-core";
import { chromiumPath } from "./paths.mjs";
import { until } from "./until.mjs";

const browserArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser() {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: browserArgs });
}

/** Opens `folder` with `file` in an editor, in a page that can reach nothing but this machine. */
export async function openWorkbench(browser, server, folder, file) {
  const context = await browser.newContext({ viewport: { width: 1500, height: 1000 } });
  await context.route(
    (url) => url.hostname !== "127.0.0.1",
    (route) => route.abort(),
  );
  const page = await context.newPage();
  const payload = JSON.stringify([["openFile", `vscode-remote://${server.authority}${file}`]]);
  await page.goto(`${server.url}/?${new URLSearchParams({ folder, payload })}`);
  await page.waitForSelector(".editor-instance .view-line", { timeout: 90_000 });
  return page;
}

/** Monaco draws blanks as non-breaking spaces and pads hints with characters of no width. */
function plain(text) {
  return text.replace(/[\u200b-\u200d\u2060\ufeff]/g, "").replace(/[^\S\n]/g, " ");
}

/** The lines on the screen, hints included, top to bottom. */
async function visibleLines(page) {
  const lines = await page.evaluate(() =>
    [...document.querySelectorAll(".editor-instance .view-line")]
      .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
      .map((line) => line.textContent ?? ""),
  );
  return lines.map(plain);
}

/** The titles of the code lenses on the screen. */
export async function visibleLenses(page) {
  const lines = await page.locator(".codelens-decoration").allInnerTexts();
  return lines.flatMap((line) => plain(line).split(" | "));
}

/** Shape, bit-operations and weight memory, as they stand behind a layer call. */
const costHint = /\d+(×\d+)* · [\d.]+ [kMG]?bop · [\d.]+ [kM]?b/;

/** In a lens: the comparison with the last commit. */
export const sinceCommit = /since HEAD/;

/** Waits for a convolution with its cost behind it. */
export async function untilCosts(page) {
  await until("a cost behind a convolution", async () =>
    (await visibleLines(page)).some((line) => line.includes("quantConv1d(") && costHint.test(line)),
  );
}

/** Waits for a lens with this in its title. */
export async function untilLens(page, title) {
  await until(`a lens like ${title}`, async () => (await visibleLenses(page)).some((lens) => title.test(lens)));
}

/** Runs a command of the palette, which does not list it before VS Code has read the extension's manifest. */
export async function runCommand(page, title) {
  const input = page.locator(".quick-input-widget:visible input[type=text]");
  const row = page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: title }).first();
  await until(`the command "${title}"`, async () => {
    await page.keyboard.press("F1");
    await input.fill(`>${title}`);
    if (await isShown(row, 5_000)) return true;
    await page.keyboard.press("Escape");
    return false;
  });
  await row.click();
}

/** True when it appears within the limit. */
export async function isShown(locator, limitMs) {
  return locator.waitFor({ timeout: limitMs }).then(
    () => true,
    () => false,
  );
}

/** Opens a file of the workspace by name. */
export async function openFile(page, name) {
  await page.keyboard.press("Control+p");
  const input = page.locator(".quick-input-widget:visible input[type=text]");
  await input.waitFor();
  await input.fill(name);
  await page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: name }).first().click();
  await page.locator(".tab.active", { hasText: name }).waitFor();
}

/** Puts the cursor at a line and column (1-based) and brings them into view. */
export async function goTo(page, line, column) {
  await page.keyboard.press("Control+g");
  const input = page.locator(".quick-input-widget:visible input[type=text]");
  await input.waitFor();
  await input.fill(`:${line}:${column}`);
  await page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
}

/**
 * Opens the menu of code actions at the cursor and returns the row with `title`. The providers must have answered
 * before Ctrl+. counts, and a second Ctrl+. would accept the first action: so wait for the light bulb and press once.
 */
export async function quickFixMenu(page, title) {
  await page.locator('[class*="gutter-lightbulb"], .lightBulbWidget').first().waitFor({ timeout: 60_000 });
  const row = page.locator(".action-widget .monaco-list-row.action", { hasText: title }).first();
  return until(`the quick fix "${title}"`, async () => {
    await page.keyboard.press("Control+.");
    if (await isShown(row, 15_000)) return row;
    await page.keyboard.press("Escape");
    await page.locator(".action-widget").waitFor({ state: "hidden" });
    return undefined;
  });
}
