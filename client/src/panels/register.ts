/** All panels of the extension. Registered when it is activated, so that VS Code can bring them back. */
import type * as vscode from "vscode";
import { registerDashboard, type DashboardPanels } from "../dashboard/panel.js";
import { registerExplorer } from "../explorer/panel.js";
import type { Session } from "../session.js";
import type { Panels } from "./panel.js";

export interface AllPanels {
  /** By the URI of a model. */
  readonly explorer: Panels;
  readonly dashboard: DashboardPanels;
}

export function registerAllPanels(context: vscode.ExtensionContext, start: () => Promise<Session>): AllPanels {
  const explorer = registerExplorer(context.extensionUri, start);
  const dashboard = registerDashboard(context.extensionUri);
  context.subscriptions.push(explorer, dashboard);
  return { explorer, dashboard };
}
