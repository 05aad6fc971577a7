/**
 * Tells the server what model files and their imports were at the last commit, through VS Code's Git extension.
 * Trusted workspaces only: git runs programs that a repository's configuration names.
 */
import * as vscode from "vscode";
import type { Session } from "./session.js";

/** The part of the Git extension's interface, version 1, that is used here. */
interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): GitApi;
}

interface GitApi {
  readonly repositories: readonly Repository[];
  readonly onDidOpenRepository: vscode.Event<Repository>;
  getRepository(uri: vscode.Uri): Repository | null;
}

interface Repository {
  readonly state: { readonly HEAD: { readonly commit?: string } | undefined; readonly onDidChange: vscode.Event<void> };
  /** Rejects when the file is not in the commit. */
  show(ref: string, path: string): Promise<string>;
}

/** Keeps the server informed until disposed. */
export function shareCommittedTexts(session: Session, log: vscode.LogOutputChannel): vscode.Disposable {
  const disposables: vscode.Disposable[] = [];
  /** The files that each open model consists of. */
  const filesOfModel = new Map<string, readonly string[]>();
  /** The commit whose text the server has, by file. */
  const sent = new Map<string, string>();
  let git: GitApi | undefined;
  let connecting = Promise.resolve();

  const share = async (file: string): Promise<void> => {
    const uri = vscode.Uri.parse(file, true);
    const repository = uri.scheme === "file" ? git?.getRepository(uri) : undefined;
    const commit = repository?.state.HEAD?.commit;
    if (!repository || commit === undefined || sent.get(file) === commit) return;
    sent.set(file, commit);
    const text = await repository.show(commit, uri.fsPath).catch(() => null);
    if (sent.get(file) === commit) session.notify("quantlens/baseText", { uri: file, text });
  };
  const shareAll = (): void => {
    for (const file of new Set([...filesOfModel.values()].flat())) void share(file);
  };
  const watch = (repository: Repository): void => {
    disposables.push(repository.state.onDidChange(shareAll));
    shareAll();
  };
  const connectOnce = async (): Promise<void> => {
    if (git !== undefined || !vscode.workspace.isTrusted) return;
    git = await activateGit(log);
    if (git === undefined) return;
    disposables.push(git.onDidOpenRepository(watch));
    git.repositories.forEach(watch);
  };
  const connect = (): void => {
    // One after the other: an attempt that comes during another one may be the first that can succeed.
    connecting = connecting.then(connectOnce);
  };

  disposables.push(
    session.on("quantlens/modelChanged", ({ uri, dependencies }) => {
      filesOfModel.set(vscode.Uri.parse(uri, true).toString(), [uri, ...dependencies]);
      shareAll();
    }),
    session.onState(({ state }) => {
      // A server that starts again knows nothing.
      if (state === "starting") sent.clear();
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => filesOfModel.delete(uri.toString())),
    vscode.workspace.onDidGrantWorkspaceTrust(connect),
    // The Git extension is there only after trust is granted.
    vscode.extensions.onDidChange(connect),
  );
  connect();
  return new vscode.Disposable(() => {
    disposables.forEach((disposable) => void disposable.dispose());
  });
}

/** The Git extension's interface; `undefined` where there is no Git extension or it is switched off. */
async function activateGit(log: vscode.LogOutputChannel): Promise<GitApi | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>("vscode.git");
  if (extension === undefined) return undefined;
  try {
    const exports = await extension.activate();
    return exports.enabled ? exports.getAPI(1) : undefined;
  } catch (error) {
    log.warn(`Changes since the last commit are not shown, because the Git extension did not start: ${String(error)}`);
    return undefined;
  }
}
