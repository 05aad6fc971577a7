/** Notices changes of files in a folder: by VS Code's watcher, and by looking now and then where it sees nothing. */
import * as vscode from "vscode";

/** Changes that come faster are seen together: a page need not show more. */
const leastMs = 250;
/** Network folders and folders outside of the workspace may have no watcher. */
const lookMs = 2000;

export interface FolderWatch {
  /** Looks soon, whatever has changed. */
  look(): void;
  dispose(): void;
}

/**
 * Calls `changed` soon after something below the folder changed, one call at a time, until disposed. A file that vanishes
 * while it is read is looked at again; anything else must not end the following.
 */
export function watchFolder(folder: vscode.Uri, pattern: string, changed: () => Promise<void>): FolderWatch {
  const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern));
  let timer: NodeJS.Timeout | undefined;
  let working = false;
  let again = false;
  let over = false;

  const work = async (): Promise<void> => {
    timer = undefined;
    working = true;
    try {
      await changed();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    } finally {
      working = false;
    }
    if (again) notice();
  };
  const notice = (): void => {
    again = working;
    if (over || working || timer !== undefined) return;
    timer = setTimeout(() => void work(), leastMs);
  };

  const looking = setInterval(notice, lookMs);
  const subscriptions = [
    watcher,
    watcher.onDidChange(notice),
    watcher.onDidCreate(notice),
    watcher.onDidDelete(notice),
  ];
  notice();
  return {
    look: notice,
    dispose() {
      over = true;
      clearTimeout(timer);
      clearInterval(looking);
      for (const subscription of subscriptions) subscription.dispose();
    },
  };
}
