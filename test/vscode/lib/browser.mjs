/** A browser, and VS Code's workbench in a page of it. */
import { chromium } from "playwright-core";
import { chromiumPath } from "./paths.mjs";
import { descendantsWith } from "./processes.mjs";
import { until } from "./until.mjs";

const browserArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Fresh numbers of the heap, and a collection before they are read.
  "--enable-precise-memory-info",
  "--js-flags=--expose-gc",
];

export function launchBrowser() {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: browserArgs });
}

/** A page that can reach nothing but this machine, with a profile of its own. */
export async function newPage(browser, viewport = { width: 1500, height: 1000 }) {
  const context = await browser.newContext({ viewport });
  await context.route(
    (url) => url.hostname !== "127.0.0.1",
    (route) => route.abort(),
  );
  // Webviews copy by the clipboard of the page.
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  return context.newPage();
}

/**
 * Opens the workbench: `folder` (or the multi-root `workspace` file), and `file` in an editor when one is given. All
 * paths are absolute.
 *
 * @param {import("playwright-core").Page} page
 * @param {{ url: string, authority: string }} server
 * @param {{ folder?: string, workspace?: string, file?: string }} what
 */
export async function openWorkbench(page, server, { folder, workspace, file }) {
  const query = new URLSearchParams(workspace === undefined ? { folder } : { workspace });
  if (file !== undefined) {
    query.set("payload", JSON.stringify([["openFile", `vscode-remote://${server.authority}${file}`]]));
  }
  await page.goto(`${server.url}/?${query}`);
  await workbenchReady(page, file !== undefined);
}

/** Waits until the workbench, and with `withEditor` a text in it, is there. */
export async function workbenchReady(page, withEditor) {
  const shown = withEditor ? ".editor-instance .view-line" : ".monaco-workbench .part.statusbar .statusbar-item";
  await page.locator(shown).first().waitFor({ timeout: 90_000 });
}

/** Waits until VS Code has written a state like this to the browser's storage, which it does every few seconds. */
export async function untilKept(page, pattern) {
  await until(`a state like ${pattern}`, () => page.evaluate(isKept, pattern.source), 150_000);
}

/** The state of the editors with a panel of ours among them; the type of a panel alone is kept elsewhere as well. */
export function keptPanel(name) {
  return new RegExp(`viewType\\W+mainThreadWebview-quantlens\\.${name}\\b`);
}

/** Runs in the page of the workbench. */
async function isKept(pattern) {
  const answer = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith("vscode-web-state-db-")) continue;
    const database = await answer(indexedDB.open(name));
    const values = await answer(database.transaction("ItemTable").objectStore("ItemTable").getAll());
    database.close();
    if (values.some((value) => new RegExp(pattern).test(String(value)))) return true;
  }
  return false;
}

/**
 * Closes the window and opens it again with what VS Code has kept of it. A window whose address names a file would show
 * that file alone.
 */
export async function reopenWorkbench(page, server, folder) {
  await page.goto("about:blank");
  await until("the extension host to end", () => descendantsWith(server.pid, "--type=extensionHost").length === 0);
  await openWorkbench(page, server, { folder });
}

/** Closes the window as a user does, so that VS Code ends its extension host, and waits for the end of it. */
export async function closeWorkbench(page, hostProcesses) {
  await page.goto("about:blank");
  await page.context().close();
  await until("the extension host to end", () => hostProcesses().length === 0, 20_000);
}
