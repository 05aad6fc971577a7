/** Commands, quick picks and notifications. */
import { until } from "./until.mjs";

const quickInput = ".quick-input-widget:visible input[type=text]";
const quickRow = ".quick-input-widget .monaco-list-row";

/** True when it appears within the limit. */
export async function isShown(locator, limitMs) {
  return locator.waitFor({ timeout: limitMs }).then(
    () => true,
    () => false,
  );
}

/** Runs a command of the palette, which does not list it before VS Code has read the extension's manifest. */
export async function runCommand(page, title) {
  const row = page.locator(quickRow).filter({ hasText: title }).first();
  await until(`the command "${title}"`, async () => {
    await page.keyboard.press("F1");
    await page.locator(quickInput).fill(`>${title}`);
    if (await isShown(row, 5_000)) return true;
    await page.keyboard.press("Escape");
    return false;
  });
  await row.click();
}

/** The titles that the palette lists for `text`. */
export async function listedCommands(page, text) {
  await page.keyboard.press("F1");
  await page.locator(quickInput).fill(`>${text}`);
  await page.locator(quickRow).first().waitFor();
  const titles = await page.locator(`${quickRow} .label-name`).allInnerTexts();
  await page.keyboard.press("Escape");
  await page.locator(quickInput).waitFor({ state: "hidden" });
  return titles;
}

/** The row with this text in the list that is open. */
export async function quickPickRow(page, text) {
  const row = page.locator(quickRow, { hasText: text }).first();
  await row.waitFor({ timeout: 30_000 });
  return row;
}

/** Picks the row with this text in the list that is open. */
export async function pick(page, text) {
  await (await quickPickRow(page, text)).click();
}

/** Answers the input box that is open. */
export async function typeAnswer(page, text) {
  const input = page.locator(quickInput);
  await input.waitFor({ timeout: 30_000 });
  await input.fill(text);
  await page.keyboard.press("Enter");
}

/** Opens a file of the workspace by name. */
export async function openFile(page, name) {
  await page.keyboard.press("Control+p");
  const input = page.locator(quickInput);
  await input.waitFor();
  await input.fill(name);
  await page.locator(quickRow).filter({ hasText: name }).first().click();
  await page.locator(".tab.active", { hasText: name }).waitFor();
}

/** Waits for a notification with this text and returns it. */
export async function notification(page, text, limitMs = 60_000) {
  const toast = page.locator(".notifications-toasts .notification-list-item", { hasText: text }).first();
  await toast.waitFor({ timeout: limitMs });
  return toast;
}

/** Presses a button of a notification. */
export async function pressIn(toast, button) {
  await toast.locator(".monaco-button", { hasText: button }).first().click();
}

export async function dismissNotifications(page) {
  await runCommand(page, "Notifications: Clear All Notifications");
}

/**
 * Answers the dialog for a file or a folder, which VS Code shows as a quick pick here, with an absolute path. Folders end
 * with a slash: without one VS Code would go into them and ask on. The title tells the dialog from one that follows it
 * at once, which would be given the same answer.
 */
export async function answerFileDialog(page, title, file) {
  const dialog = page.locator(".quick-input-widget:visible", {
    has: page.locator(".quick-input-title", { hasText: title }),
  });
  // What is typed before the first folder has been read is lost.
  await dialog.locator(".monaco-list-row").first().waitFor({ timeout: 30_000 });
  const input = dialog.locator("input[type=text]");
  await until(`the dialog "${title}" to take ${file}`, async () => {
    if (await dialog.isHidden()) return true;
    await input.fill(file, { timeout: 5_000 });
    await input.press("Enter", { timeout: 5_000 });
    await dialog.waitFor({ state: "hidden", timeout: 5_000 });
    return true;
  });
}
