/** The cost explorer's end in the extension host: asks the server, follows edits and the cursor, writes what-ifs. */
import * as vscode from "vscode";
import type { ExploreParams, FileEdits, MessageRange, WhatIf } from "../../../shared/messages.js";
import { fileName } from "../panels/file-name.js";
import { followCursor, tellCursor } from "../panels/follow-cursor.js";
import { oneAtATime } from "../panels/one-at-a-time.js";
import { showSource } from "../panels/show-source.js";
import type { FromPage } from "../panels/messages.js";
import type { PageChannel } from "../panels/page.js";
import { registerPanels, type Panels } from "../panels/panel.js";
import type { Session } from "../session.js";

type Channel = PageChannel<"explorer">;

/** Panels by the URI of the model. */
export function registerExplorer(extensionUri: vscode.Uri, start: () => Promise<Session>): Panels {
  return registerPanels(extensionUri, {
    page: "explorer",
    viewType: "quantlens.explorer",
    title: (model) => `Cost of ${fileName(model)}`,
    attach(channel, model) {
      const explorer = new Explorer(channel, vscode.Uri.parse(model, true), start);
      return new vscode.Disposable(() => {
        explorer.dispose();
      });
    },
  });
}

class Explorer {
  private readonly subscriptions: vscode.Disposable[];
  private whatIf: WhatIf | undefined;
  private readonly update: () => Promise<void>;

  constructor(
    private readonly channel: Channel,
    private readonly model: vscode.Uri,
    private readonly start: () => Promise<Session>,
  ) {
    this.update = oneAtATime(() => this.ask());
    this.subscriptions = [
      channel.on((message) => void this.receive(message)),
      followCursor((message) => {
        this.channel.post(message);
      }),
    ];
    void this.listen();
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions.splice(0)).dispose();
  }

  private async listen(): Promise<void> {
    const session = await this.start();
    this.subscriptions.push(
      session.on("quantlens/modelChanged", ({ uri }) => {
        if (vscode.Uri.parse(uri, true).toString() === this.model.toString()) void this.update();
      }),
    );
  }

  private async receive(message: FromPage<"explorer">): Promise<void> {
    switch (message.kind) {
      case "ready":
        tellCursor(vscode.window.activeTextEditor, (cursor) => {
          this.channel.post(cursor);
        });
        return this.update();
      case "whatIf":
        this.whatIf = message.whatIf;
        return this.update();
      case "write":
        return this.write(message.whatIf);
      case "reveal":
        return showSource(message.uri, message.range);
      case "pickWeights":
        return this.run("quantlens.selectWeights");
      case "pickParameters":
        return this.run("quantlens.selectParameters");
      case "pickProfile":
        return this.run("quantlens.selectProfile");
    }
  }

  private async run(command: string): Promise<void> {
    await vscode.commands.executeCommand(command, this.model);
  }

  private async ask(): Promise<void> {
    try {
      // The server knows open documents only; after a reload the model's editor may be gone.
      await vscode.workspace.openTextDocument(this.model);
      const session = await this.start();
      const record = await session.request("quantlens/explore", this.question(this.whatIf));
      const message = `There are no costs of ${fileName(this.model.path)} yet: it is no model, or it has not run. Its editor shows why.`;
      this.channel.post(record ? { kind: "record", record } : { kind: "empty", message });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.channel.post({
        kind: "empty",
        message: `The costs of ${fileName(this.model.path)} cannot be shown: ${why}`,
      });
    }
  }

  private question(whatIf: WhatIf | undefined): ExploreParams {
    return { uri: this.model.toString(), ...(whatIf && { whatIf }) };
  }

  private async write(whatIf: WhatIf): Promise<void> {
    const session = await this.start();
    const { edits, problem } = await session.request("quantlens/exploreEdit", this.question(whatIf));
    const message = problem ?? (await applyEdits(edits));
    this.channel.post(message === undefined ? { kind: "written" } : { kind: "problem", message });
  }
}

/** Applies edits as one step that can be undone; one sentence when a file has changed since or cannot be edited. */
async function applyEdits(files: readonly FileEdits[]): Promise<string | undefined> {
  const edit = new vscode.WorkspaceEdit();
  for (const { uri, version, edits } of files) {
    const target = vscode.Uri.parse(uri, true);
    const document = await vscode.workspace.openTextDocument(target);
    if (version !== null && document.version !== version) {
      return `${fileName(target.path)} has changed in the meantime: try again.`;
    }
    for (const { range, newText } of edits) edit.replace(target, toRange(range), newText);
  }
  const applied = await vscode.workspace.applyEdit(edit);
  return applied ? undefined : "VS Code did not apply the change: the file may be read-only.";
}

function toRange({ start, end }: MessageRange): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
