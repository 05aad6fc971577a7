/** A webview's document: a strict Content-Security-Policy, the page's own script and style, nothing else. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { documentOf } from "./document.js";
import type { FromPage, PageName, ToPage } from "./messages.js";

/** The host's end of a page. */
export interface PageChannel<P extends PageName> {
  /** Messages that come before the page listens are lost: answer its `ready` with all that it shows. */
  post(message: ToPage<P>): void;
  /** Listens until the webview is gone. */
  on(listener: (message: FromPage<P>) => void): vscode.Disposable;
}

export interface PageOptions<P extends PageName> {
  readonly page: P;
  readonly title: string;
  /** What the page is about; it finds it in its kept state after a reload. */
  readonly subject: string;
}

/**
 * Fills a webview, of a panel or of a custom editor, with a page and gives the host's end of it. Scripts run by nonce only;
 * files are read from `dist/webview` only; nothing is fetched from elsewhere, and neither `eval` nor inline handlers work.
 */
export function showPage<P extends PageName>(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  options: PageOptions<P>,
): PageChannel<P> {
  const folder = vscode.Uri.joinPath(extensionUri, "dist", "webview");
  webview.options = { enableScripts: true, enableForms: false, localResourceRoots: [folder] };
  const uriOf = (file: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.html = documentOf({
    ...options,
    nonce: randomBytes(16).toString("base64"),
    source: webview.cspSource,
    script: uriOf(`${options.page}.js`),
    style: uriOf(`${options.page}.css`),
  });
  return {
    post: (message) => void webview.postMessage(message),
    on: (listener) => webview.onDidReceiveMessage(listener),
  };
}
