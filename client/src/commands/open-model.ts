/** Asks the server about a model that may not be open yet. */
import * as vscode from "vscode";
import type { ServerRequests } from "../../../shared/messages.js";
import type { Session } from "../session.js";

type ModelRequest = "quantlens/modelCost" | "quantlens/modelSetup" | "quantlens/costJson";

/** The answer; where there is none (`null`) the user is told to look at the model's findings. */
export async function openModel<M extends ModelRequest>(
  model: vscode.Uri,
  session: Session,
  method: M,
): Promise<ServerRequests[M]["result"]> {
  // The server knows the models that are open; a document without an editor is enough.
  await vscode.workspace.openTextDocument(model);
  const answer = await session.request(method, { uri: model.toString() });
  if (answer === null) {
    const name = vscode.workspace.asRelativePath(model);
    void vscode.window.showWarningMessage(`${name} does not run as a model file: its first error says why.`);
  }
  return answer;
}
