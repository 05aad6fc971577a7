/** All panels of the extension, and its editor of ONNX files. Registered when it is activated, so that VS Code can bring them back. */
import type * as vscode from "vscode";
import { registerDashboard, type DashboardPanels } from "../dashboard/panel.js";
import { registerExplorer } from "../explorer/panel.js";
import { registerGraphs } from "../graph/panel.js";
import { registerOnnxEditor } from "../onnx/editor.js";
import type { Session } from "../session.js";
import { registerSweepPanels } from "../sweep/panel.js";
import type { Panels } from "./panel.js";

export interface AllPanels {
  /** By the URI of a model. */
  readonly explorer: Panels;
  readonly dashboard: DashboardPanels;
  /** By the URI of a sweep's folder. */
  readonly sweep: Panels;
  /** By the URI of a model file or of an ONNX file. */
  readonly graph: Panels;
}

export function registerAllPanels(context: vscode.ExtensionContext, start: () => Promise<Session>): AllPanels {
  const explorer = registerExplorer(context.extensionUri, start);
  const dashboard = registerDashboard(context.extensionUri);
  const sweep = registerSweepPanels(context.extensionUri, (run) => {
    dashboard.show(run);
  });
  const graph = registerGraphs(context.extensionUri, start);
  const onnx = registerOnnxEditor(context.extensionUri, start);
  context.subscriptions.push(explorer, dashboard, sweep, graph, onnx);
  return { explorer, dashboard, sweep, graph };
}
