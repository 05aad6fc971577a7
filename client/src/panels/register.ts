/** All panels of the extension. Registered when it is activated, so that VS Code can bring them back. */
import type * as vscode from "vscode";
import { registerDashboard, type DashboardPanels } from "../dashboard/panel.js";
import { registerExplorer } from "../explorer/panel.js";
import type { Session } from "../session.js";
import { registerSweepPanels } from "../sweep/panel.js";
import type { Panels } from "./panel.js";

export interface AllPanels {
  /** By the URI of a model. */
  readonly explorer: Panels;
  readonly dashboard: DashboardPanels;
  /** By the URI of a sweep's folder. */
  readonly sweep: Panels;
}

export function registerAllPanels(context: vscode.ExtensionContext, start: () => Promise<Session>): AllPanels {
  const explorer = registerExplorer(context.extensionUri, start);
  const dashboard = registerDashboard(context.extensionUri);
  const sweep = registerSweepPanels(context.extensionUri, (run) => {
    dashboard.show(run);
  });
  context.subscriptions.push(explorer, dashboard, sweep);
  return { explorer, dashboard, sweep };
}
