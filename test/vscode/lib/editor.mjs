/** What stands in text editors, and how one works in them. The selectors belong to the pinned version of code-server. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isShown, runCommand } from "./palette.mjs";
import { until } from "./until.mjs";

/** Monaco draws blanks as non-breaking spaces and pads hints with characters of no width. */
export function plain(text) {
  return text.replace(/[\u200b-\u200d\u2060\ufeff]/g, "").replace(/[^\S\n]/g, " ");
}

/** The lines on the screen, hints included, top to bottom. */
export async function visibleLines(page) {
  const lines = await page.evaluate(() =>
    [...document.querySelectorAll(".editor-instance .view-line")]
      .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
      .map((line) => line.textContent ?? ""),
  );
  return lines.map(plain);
}

/** The line on the screen that has `text` in it, hints included. */
export async function lineWith(page, text) {
  return (await visibleLines(page)).find((line) => line.includes(text));
}

/** The titles of the code lenses on the screen. */
export async function visibleLenses(page) {
  const lines = await page.locator(".codelens-decoration").allInnerTexts();
  // Where a line of them is broken on the screen their text is, too.
  return lines.flatMap((line) => plain(line).split(/\s+\|\s+/));
}

/** Shape, bit-operations and weight memory, as they stand behind a layer call. */
const costHint = /\d+(×\d+)* · [\d.]+ [kMG]?bop · [\d.]+ [kM]?b/;

/** In a lens: the comparison with the last commit. */
export const sinceCommit = /since HEAD/;

/** Waits for a call of this layer with its cost behind it, and returns the line. */
export async function untilCosts(page, layer = "quantConv1d(") {
  return until(`a cost behind ${layer}`, async () =>
    (await visibleLines(page)).find((line) => line.includes(layer) && costHint.test(line)),
  );
}

/** Waits for a lens with this in its title, and returns the title. */
export async function untilLens(page, title) {
  return until(`a lens like ${title}`, async () => (await visibleLenses(page)).find((lens) => title.test(lens)));
}

/** Clicks the lens with this title. */
export async function clickLens(page, title) {
  await page.locator(".codelens-decoration a", { hasText: title }).first().click();
}

/** The score in the status bar; `undefined` while there is none. */
export async function scoreInStatusBar(page) {
  const text = await page.locator('.statusbar-item[id*="quantlens.status"]').innerText();
  return /\d+\.\d+/.exec(text)?.[0];
}

/** Waits for the score in the status bar, and returns it. */
export async function untilScore(page) {
  return until("the score in the status bar", () => scoreInStatusBar(page));
}

/** Waits for another score than `before` in the status bar, and returns it. */
export async function untilOtherScore(page, before) {
  return until(`another score than ${before}`, async () => {
    const score = await scoreInStatusBar(page);
    return score !== before && score;
  });
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

/** Line and column (1-based) behind the first `shown` in a saved file. */
export function positionBehind(file, shown) {
  const text = readFileSync(file, "utf8");
  const at = text.indexOf(shown);
  if (at < 0) throw new Error(`${path.basename(file)} does not contain "${shown}".`);
  const before = text.slice(0, at + shown.length).split("\n");
  return { line: before.length, column: before.at(-1).length + 1 };
}

/** Puts the cursor behind `shown`, coming from elsewhere: the light bulb appears when the cursor moves. */
export async function goBehind({ page, workspace }, shown, file = workspace.model) {
  const { line, column } = positionBehind(path.join(workspace.folder, file), shown);
  await goTo(page, 1, 1);
  await goTo(page, line, column);
}

/** Shows the hover at the cursor and returns it when it holds `text`. */
export async function hoverWith(page, text) {
  await runCommand(page, "Show or Focus Hover");
  const hover = page.locator(".monaco-hover:visible", { hasText: text });
  await hover.waitFor();
  return hover;
}

/** Opens the list of completions at the cursor and returns the first row with `text` in it. */
export async function completionWith(page, text) {
  const offer = page.locator(".suggest-widget .monaco-list-row", { hasText: text }).first();
  // The key is lost while the editor does not have the focus back.
  await until(`a completion like ${text}`, async () => {
    await page.keyboard.press("Control+Space");
    return isShown(offer, 5_000);
  });
  return offer;
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

/** Deletes `count` characters before the cursor and types `text` instead. */
export async function replaceBefore(page, count, text) {
  for (let index = 0; index < count; index++) await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.type(text);
}
