/** The editor of ONNX files: shows what the server says about the file, and changes nothing. */
import * as vscode from "vscode";
import { createDrawings } from "../graph/drawings.js";
import { fileName } from "../panels/file-name.js";
import { oneAtATime } from "../panels/one-at-a-time.js";
import { showPage, type PageChannel } from "../panels/page.js";
import type { Session } from "../session.js";
import { onCostSettings } from "./cost-settings.js";
import { followFile } from "./follow-file.js";

/** As the manifest names it. */
export const onnxEditor = "quantlens.onnx";

/** Registers the editor. The file itself is never read here: it may be large, and this is the editor's own process. */
export function registerOnnxEditor(extensionUri: vscode.Uri, start: () => Promise<Session>): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor({ uri }, panel) {
      const subject = uri.toString();
      const channel = showPage(panel.webview, extensionUri, { page: "onnx", title: fileName(subject), subject });
      const shown = showOnnx(channel, uri, start);
      panel.onDidDispose(() => {
        shown.dispose();
      });
    },
  };
  return vscode.window.registerCustomEditorProvider(onnxEditor, provider, {
    supportsMultipleEditorsPerDocument: true,
    webviewOptions: { enableFindWidget: true },
  });
}

function showOnnx(channel: PageChannel<"onnx">, uri: vscode.Uri, start: () => Promise<Session>): vscode.Disposable {
  const drawings = createDrawings(uri, start, (message) => {
    channel.post(message);
  });
  const update = oneAtATime(async () => {
    try {
      const session = await start();
      const answer = await session.request("quantlens/network", { uri: uri.toString() });
      channel.post(
        "problem" in answer ? { kind: "noNetwork", message: answer.problem } : { kind: "network", network: answer },
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      channel.post({ kind: "noNetwork", message: `The file cannot be shown: ${why}` });
    }
  });
  const updateAll = async (): Promise<void> => {
    await update();
    drawings.update();
  };
  return vscode.Disposable.from(
    channel.on((message) => {
      if (message.kind === "ready") void update();
      else drawings.receive(message);
    }),
    followFile(uri, updateAll),
    onCostSettings(uri, () => void updateAll()),
  );
}
