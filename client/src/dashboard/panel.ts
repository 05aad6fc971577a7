/** The training dashboard's end in the extension host: which runs there are, and which are followed. */
import * as vscode from "vscode";
import type { PageChannel } from "../panels/page.js";
import { registerPanels } from "../panels/panel.js";
import { findRuns } from "../tasks/runs.js";
import { followRun } from "./run-follower.js";
import type { FolderWatch } from "./watch.js";

export interface DashboardPanels {
  /** Shows the dashboard, and in it a run: the URI of its folder. */
  show(run?: string): void;
  dispose(): void;
}

/** There is one dashboard, whatever it shows. */
const subject = "training";

export function registerDashboard(extensionUri: vscode.Uri): DashboardPanels {
  let dashboard: Dashboard | undefined;
  const panels = registerPanels(extensionUri, {
    page: "dashboard",
    viewType: "quantlens.dashboard",
    title: () => "Training Dashboard",
    attach(channel) {
      const attached = new Dashboard(channel);
      dashboard = attached;
      return new vscode.Disposable(() => {
        attached.dispose();
        if (dashboard === attached) dashboard = undefined;
      });
    },
  });
  return {
    show(run) {
      panels.show(subject);
      if (run !== undefined) dashboard?.select(run);
    },
    dispose() {
      panels.dispose();
    },
  };
}

class Dashboard {
  private readonly followed = new Map<string, FolderWatch>();
  private readonly subscriptions: vscode.Disposable[];
  /** A run that someone wants to see; until the page asks for it, it may not have heard of it. */
  private wanted: string | undefined;

  constructor(private readonly channel: PageChannel<"dashboard">) {
    const manifests = vscode.workspace.createFileSystemWatcher("**/run.json");
    const list = (): void => void this.list();
    this.subscriptions = [
      manifests,
      manifests.onDidCreate(list),
      manifests.onDidDelete(list),
      vscode.workspace.onDidChangeWorkspaceFolders(list),
      channel.on((message) => {
        if (message.kind === "follow") this.follow(message.runs);
        else void this.begin();
      }),
    ];
  }

  select(run: string): void {
    this.wanted = run;
    this.channel.post({ kind: "select", run });
  }

  dispose(): void {
    this.follow([]);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The page is new: it has nothing of what was sent before. */
  private async begin(): Promise<void> {
    this.follow([]);
    await this.list();
    if (this.wanted !== undefined) this.select(this.wanted);
  }

  private async list(): Promise<void> {
    const runs = await findRuns();
    this.channel.post({
      kind: "runs",
      runs: runs.map(({ folder, modelName }) => ({
        run: folder.toString(),
        label: vscode.workspace.asRelativePath(folder),
        model: modelName,
      })),
    });
  }

  private follow(runs: readonly string[]): void {
    if (this.wanted !== undefined && runs.includes(this.wanted)) this.wanted = undefined;
    for (const [run, follower] of this.followed) {
      if (runs.includes(run)) continue;
      follower.dispose();
      this.followed.delete(run);
    }
    for (const run of runs) {
      if (!this.followed.has(run)) this.followed.set(run, followRun(run, this.channel));
    }
  }
}
