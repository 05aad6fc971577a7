/** The drawing of a network in a page, of whatever kind the page is. */
import * as vscode from "vscode";
import type { DrawingParams } from "../../../shared/network-messages.js";
import { oneAtATime } from "../panels/one-at-a-time.js";
import type { DrawingMessage, GraphProtocol } from "../panels/network-messages.js";
import { showSource } from "../panels/show-source.js";
import type { Session } from "../session.js";

export interface Drawings {
  /** Answers what the page asks about drawings. */
  receive(message: GraphProtocol["fromPage"]): void;
  /** The network may be another one: what the page has asked for is drawn again. */
  update(): void;
}

/** Draws nothing before the page has asked for it. `uri`: a model file or an ONNX file. */
export function createDrawings(
  uri: vscode.Uri,
  start: () => Promise<Session>,
  post: (message: DrawingMessage) => void,
): Drawings {
  let wanted: DrawingParams["form"] | undefined;
  const update = oneAtATime(async () => {
    if (wanted === undefined) return;
    try {
      // The server knows open documents only; after a reload the model's editor may be gone.
      if (!isOnnx(uri)) await vscode.workspace.openTextDocument(uri);
      const session = await start();
      const answer = await session.request("quantlens/drawing", { uri: uri.toString(), form: wanted });
      post("problem" in answer ? { kind: "noDrawing", message: answer.problem } : { kind: "drawing", drawing: answer });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      post({ kind: "noDrawing", message: `The graph cannot be shown: ${why}` });
    }
  });
  return {
    receive(message) {
      if (message.kind === "reveal") {
        void showSource(message.uri, message.range);
        return;
      }
      wanted = message.form;
      void update();
    },
    update: () => void update(),
  };
}

export function isOnnx({ path }: vscode.Uri): boolean {
  return /\.onnx$/i.test(path);
}
