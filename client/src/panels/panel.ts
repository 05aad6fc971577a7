/** Panels beside the editors: one per subject, brought back by VS Code after a reload. */
import * as vscode from "vscode";
import type { KeptState, PageName } from "./messages.js";
import { showPage, type PageChannel } from "./page.js";

/** What is the same for all panels of one page. */
export interface PanelKind<P extends PageName> {
  readonly page: P;
  /** `quantlens.<page>`; package.json has `onWebviewPanel:<viewType>` among its activation events. */
  readonly viewType: string;
  readonly title: (subject: string) => string;
  /** Brings a panel to life; what it returns is disposed when the panel is closed. */
  readonly attach: (channel: PageChannel<P>, subject: string, panel: vscode.WebviewPanel) => vscode.Disposable;
}

export interface Panels {
  /** Shows the panel of a subject, beside the active editor if it is not open yet. */
  show(subject: string): vscode.WebviewPanel;
  /** Closes all panels. */
  dispose(): void;
}

/** Registers panels of one kind, also for VS Code to bring back. */
export function registerPanels<P extends PageName>(extensionUri: vscode.Uri, kind: PanelKind<P>): Panels {
  const open = new Map<string, vscode.WebviewPanel>();

  const fill = (panel: vscode.WebviewPanel, subject: string): void => {
    const title = kind.title(subject);
    panel.title = title;
    const channel = showPage(panel.webview, extensionUri, { page: kind.page, title, subject });
    const attached = kind.attach(channel, subject, panel);
    open.set(subject, panel);
    panel.onDidDispose(() => {
      attached.dispose();
      if (open.get(subject) === panel) open.delete(subject);
    });
  };

  const serializer = vscode.window.registerWebviewPanelSerializer(kind.viewType, {
    deserializeWebviewPanel(panel, state: unknown) {
      const subject = subjectOf(state);
      if (subject === undefined || open.has(subject)) panel.dispose();
      else fill(panel, subject);
      return Promise.resolve();
    },
  });

  return {
    show(subject) {
      const known = open.get(subject);
      if (known !== undefined) {
        known.reveal(undefined, true);
        return known;
      }
      const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
      const panel = vscode.window.createWebviewPanel(kind.viewType, kind.title(subject), where, {
        enableFindWidget: true,
      });
      fill(panel, subject);
      return panel;
    },
    dispose() {
      serializer.dispose();
      for (const panel of open.values()) panel.dispose();
    },
  };
}

function subjectOf(state: unknown): string | undefined {
  const subject = (state as Partial<KeptState> | undefined)?.subject;
  return typeof subject === "string" && subject !== "" ? subject : undefined;
}
