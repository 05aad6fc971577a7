/** Shows a built page in a real browser, as a webview does, with the test in the place of the extension host. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { documentOf } from "../../client/src/panels/document.js";
import type { FromPage, PageName, ToPage } from "../../client/src/panels/messages.js";
import { themes, type ThemeName } from "./themes.js";

const pages = path.resolve(import.meta.dirname, "../../dist/webview");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((file) =>
  existsSync(file),
);

/** Tests of pages in one browser, which starts before the first and ends after the last; skipped where there is none. */
export function describeInBrowser(name: string, tests: (browser: () => Browser) => void): void {
  describe.skipIf(executablePath === undefined)(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({
        ...(executablePath !== undefined && { executablePath }),
        args: ["--no-sandbox"],
      });
    });
    afterAll(() => browser.close());
    tests(() => browser);
  });
}

export interface ShownPage<P extends PageName> {
  readonly page: Page;
  /** What the page has sent so far. */
  readonly sent: FromPage<P>[];
  /** Errors of scripts and breaches of the policy, none of which a page may have. */
  readonly errors: string[];
  readonly post: (message: ToPage<P>) => Promise<void>;
  /** The state that VS Code would keep. */
  readonly state: () => Promise<unknown>;
}

export interface ShowOptions {
  readonly theme?: ThemeName;
  readonly subject?: string;
  /** What VS Code kept of the page. */
  readonly state?: unknown;
  readonly width?: number;
  readonly height?: number;
}

const origin = "http://webview.test";

export async function showBuiltPage<P extends PageName>(
  browser: Browser,
  name: P,
  { theme = "dark", subject = "file:///project/net.model.ts", state, width = 1200, height = 900 }: ShowOptions = {},
): Promise<ShownPage<P>> {
  const page = await browser.newPage({ viewport: { width, height } });
  const sent: FromPage<P>[] = [];
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.exposeFunction("hostReceives", (message: FromPage<P>) => void sent.push(message));
  await page.addInitScript({ content: `globalThis.vsCode = ${JSON.stringify({ state, ...themes[theme] })};` });
  await page.addInitScript({ path: path.join(import.meta.dirname, "vscode-api.js") });
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === "/") {
      const [script, style] = [`${origin}/${name}.js`, `${origin}/${name}.css`];
      const body = documentOf({ title: name, subject, nonce: "bm9uY2U=", source: origin, script, style });
      await route.fulfill({ contentType: "text/html", body });
      return;
    }
    const contentType = pathname.endsWith(".css") ? "text/css" : "text/javascript";
    await route.fulfill({ contentType, body: readFileSync(path.join(pages, pathname)) });
  });
  await page.goto(`${origin}/`);
  return {
    page,
    sent,
    errors,
    async post(message) {
      await page.evaluate((data) => {
        (globalThis as unknown as { postMessage(data: unknown, origin: string): void }).postMessage(data, "*");
      }, message as unknown);
    },
    state: () => page.evaluate("vsCode.state"),
  };
}
