/** Notices when one file changes, appears or goes. */
import * as vscode from "vscode";
import { watchFolder } from "../dashboard/watch.js";

/** Calls `changed` whenever the file has another time or size than before, from now on. It must not reject. */
export function followFile(uri: vscode.Uri, changed: () => Promise<void>): vscode.Disposable {
  let last = stampOf(uri);
  // The file's own name may have characters in it that mean something in a pattern.
  const watch = watchFolder(vscode.Uri.joinPath(uri, ".."), "*", async () => {
    const before = await last;
    last = stampOf(uri);
    if ((await last) !== before) await changed();
  });
  return vscode.Disposable.from(watch);
}

async function stampOf(uri: vscode.Uri): Promise<string> {
  try {
    const { mtime, size } = await vscode.workspace.fs.stat(uri);
    return `${mtime} ${size}`;
  } catch {
    return "missing";
  }
}
