/** Panels with the graph of a model: they follow edits, or the ONNX file on disk. */
import * as vscode from "vscode";
import { followFile } from "../onnx/follow-file.js";
import { onCostSettings } from "../onnx/cost-settings.js";
import { fileName } from "../panels/file-name.js";
import { followCursor, tellCursor } from "../panels/follow-cursor.js";
import type { ToPage } from "../panels/messages.js";
import type { PageChannel } from "../panels/page.js";
import { registerPanels, type Panels } from "../panels/panel.js";
import type { Session } from "../session.js";
import { createDrawings, isOnnx } from "./drawings.js";

/** Panels by the URI of a model file or of an ONNX file. */
export function registerGraphs(extensionUri: vscode.Uri, start: () => Promise<Session>): Panels {
  return registerPanels(extensionUri, {
    page: "graph",
    viewType: "quantlens.graph",
    title: (subject) => `Graph of ${fileName(subject)}`,
    attach: (channel, subject) => showGraph(channel, vscode.Uri.parse(subject, true), start),
  });
}

function showGraph(channel: PageChannel<"graph">, uri: vscode.Uri, start: () => Promise<Session>): vscode.Disposable {
  const post = (message: ToPage<"graph">): void => {
    channel.post(message);
  };
  const drawings = createDrawings(uri, start, post);
  const asked = channel.on((message) => {
    if (message.kind !== "ready") drawings.receive(message);
    else if (!isOnnx(uri)) tellCursor(vscode.window.activeTextEditor, post);
  });
  const followed = isOnnx(uri) ? [followOnnx(uri, drawings)] : [followModel(uri, drawings, start), followCursor(post)];
  return vscode.Disposable.from(asked, ...followed);
}

function followOnnx(uri: vscode.Uri, { update }: Pick<ReturnType<typeof createDrawings>, "update">): vscode.Disposable {
  const changed = (): Promise<void> => {
    update();
    return Promise.resolve();
  };
  return vscode.Disposable.from(followFile(uri, changed), onCostSettings(uri, update));
}

/** The server tells of changed settings, too: it evaluates the model again. */
function followModel(
  uri: vscode.Uri,
  { update }: Pick<ReturnType<typeof createDrawings>, "update">,
  start: () => Promise<Session>,
): vscode.Disposable {
  const subscriptions: vscode.Disposable[] = [];
  let isOver = false;
  const listen = async (): Promise<void> => {
    const session = await start();
    if (isOver) return;
    const changes = session.on("quantlens/modelChanged", (changed) => {
      if (vscode.Uri.parse(changed.uri, true).toString() === uri.toString()) update();
    });
    subscriptions.push(changes);
  };
  void listen();
  return new vscode.Disposable(() => {
    isOver = true;
    vscode.Disposable.from(...subscriptions).dispose();
  });
}
