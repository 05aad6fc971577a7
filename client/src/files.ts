/** Reads files for the server on file systems that only VS Code can reach. */
import { Buffer } from "node:buffer";
import * as vscode from "vscode";
import type { ClientRequests } from "../../shared/messages.js";
import type { Session } from "./session.js";

type ReadFile = ClientRequests["quantlens/readFile"];

/** Larger files do not fit into one message. */
const maxBytes = 256 * 1024 * 1024;

/** Answers `quantlens/readFile`: an open editor's text first, then the file; `null` when there is none. */
export function answerFileRequests(session: Session, log: vscode.LogOutputChannel): vscode.Disposable {
  return session.answer("quantlens/readFile", (params) => readFile(params, log));
}

async function readFile(
  { uri, encoding }: ReadFile["params"],
  log: vscode.LogOutputChannel,
): Promise<ReadFile["result"]> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
  if (open !== undefined && encoding === "utf8") return { content: open.getText() };
  const target = vscode.Uri.parse(uri, true);
  try {
    const { size } = await vscode.workspace.fs.stat(target);
    if (size > maxBytes) {
      log.warn(
        `${target.path} has ${size} bytes and at most ${maxBytes} can be read from this file system: copy it to a local folder.`,
      );
      return null;
    }
    return { content: Buffer.from(await vscode.workspace.fs.readFile(target)).toString(encoding) };
  } catch (error) {
    log.debug(`${target.path} cannot be read: ${String(error)}`);
    return null;
  }
}
