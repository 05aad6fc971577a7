/** Whether a program may be started here; where it may not, the user is told why. */
import * as vscode from "vscode";

/**
 * Undefined when a program may work on `uri`, else one sentence about why `what` (a noun: "Training") is off. Programs
 * read settings and packages of the workspace, so that they need its trust; and they see only the machine's own files.
 */
export function whyOff(what: string, uri: vscode.Uri | undefined): string | undefined {
  if (!vscode.workspace.isTrusted) {
    return `${what} is off because this workspace is not trusted: it starts a program. Costs, findings and fixes work all the same.`;
  }
  if (uri !== undefined && uri.scheme !== "file") {
    const place = uri.scheme === "untitled" ? "has not been saved" : `is on a virtual file system (${uri.scheme})`;
    return `${what} is off because ${nameOf(uri)} ${place}: the program reads files of this machine only.`;
  }
  return undefined;
}

/** True when a program may work on `uri`; says why when not. */
export async function mayStart(what: string, uri?: vscode.Uri): Promise<boolean> {
  const reason = whyOff(what, uri);
  if (reason === undefined) return true;
  const manage = "Manage Workspace Trust";
  const actions = vscode.workspace.isTrusted ? [] : [manage];
  const picked = await vscode.window.showWarningMessage(reason, ...actions);
  if (picked === manage) await vscode.commands.executeCommand("workbench.trust.manage");
  return false;
}

function nameOf({ path }: vscode.Uri): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
