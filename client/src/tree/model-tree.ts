/** The model tree of the side bar: the layers of the active model by the calls that made them. */
import * as vscode from "vscode";
import { clientCommands, type RevealRangeArgument } from "../../../shared/command-messages.js";
import type { ModelTree, ModelTreeNode } from "../../../shared/messages.js";
import type { ActiveModel } from "../active-model.js";
import type { Session } from "../session.js";
import {
  badgeTooltip,
  findingCounts,
  findingLines,
  modelDescription,
  nodeDescription,
  nodeTooltip,
  worstBelow,
} from "./tree-text.js";

const viewId = "quantlens.model";

/** The model itself, or one of its calls. `uri` is what commands of the menus take. */
type Item = { readonly uri: vscode.Uri } & (
  | { readonly kind: "model"; readonly tree: ModelTree }
  | { readonly kind: "node"; readonly node: ModelTreeNode; readonly parent: Item }
);

/** Follows the active model and its edits until disposed. `start` gives the running session. */
export class ModelTreeView implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly view: vscode.TreeView<Item>;
  private readonly subscriptions: { dispose(): unknown }[];
  private connected: Promise<Session> | undefined;
  private tree: ModelTree | undefined;
  /** The newest request: answers to older ones are dropped. */
  private request = 0;
  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly model: ActiveModel,
    private readonly start: () => Promise<Session>,
  ) {
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions = [this.view, this.changed, model.onDidChange(() => void this.update())];
    if (model.current !== undefined) void this.update();
  }

  getChildren(item?: Item): Item[] {
    const uri = this.model.current;
    if (item === undefined) return this.tree && uri ? [{ kind: "model", uri, tree: this.tree }] : [];
    const nodes = item.kind === "model" ? item.tree.nodes : item.node.children;
    return nodes.map((node) => ({ kind: "node", uri: item.uri, node, parent: item }));
  }

  getParent(item: Item): Item | undefined {
    return item.kind === "node" ? item.parent : undefined;
  }

  getTreeItem(item: Item): vscode.TreeItem {
    return item.kind === "model" ? modelItem(item.uri, item.tree) : nodeItem(item.uri, item.node);
  }

  dispose(): void {
    this.subscriptions.forEach((subscription) => void subscription.dispose());
  }

  private async update(): Promise<void> {
    const uri = this.model.current;
    const request = ++this.request;
    const tree = uri && (await (await this.connect()).request("quantlens/modelTree", { uri: uri.toString() }));
    if (request !== this.request) return;
    this.tree = tree ?? undefined;
    const counts = this.tree ? findingCounts(this.tree) : { errors: 0, warnings: 0 };
    const value = counts.errors + counts.warnings;
    this.view.badge = value === 0 ? undefined : { value, tooltip: badgeTooltip(counts) };
    this.changed.fire(undefined);
  }

  /** The session, with this view listening to it from then on. */
  private connect(): Promise<Session> {
    this.connected ??= this.start().then((session) => {
      this.subscriptions.push(
        session.on("quantlens/modelChanged", ({ uri }) => {
          if (vscode.Uri.parse(uri, true).toString() === this.model.current?.toString()) void this.update();
        }),
      );
      return session;
    });
    return this.connected;
  }
}

function modelItem(uri: vscode.Uri, { summary, fresh, findings, nodes }: ModelTree): vscode.TreeItem {
  const name = summary?.name ?? uri.path.slice(uri.path.lastIndexOf("/") + 1);
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = uri.toString();
  item.contextValue = "model";
  item.description = summary ? modelDescription(summary, fresh) : "has not run yet";
  item.tooltip = markdown([`**${name}**`, item.description, ...findingLines(findings)].join("\n\n"));
  const worst = findings.find(({ severity }) => severity === "error") ? "error" : undefined;
  item.iconPath = worst ? icon(worst) : new vscode.ThemeIcon("graph");
  item.command = { title: "Open", command: "vscode.open", arguments: [uri] };
  item.accessibilityInformation = {
    label: `model ${name}, ${item.description}, ${badgeTooltip(findingCounts({ nodes, findings })) || "no problems"}`,
  };
  return item;
}

function nodeItem(uri: vscode.Uri, node: ModelTreeNode): vscode.TreeItem {
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(node.label, node.children.length > 0 ? Collapsed : None);
  item.id = `${uri.toString()}${node.id}`;
  item.contextValue = node.kind;
  item.description = nodeDescription(node);
  item.tooltip = markdown(nodeTooltip(node));
  const worst = worstBelow(node);
  item.iconPath = worst ? icon(worst) : new vscode.ThemeIcon(node.kind === "layer" ? "layers" : "symbol-namespace");
  const counts = badgeTooltip(findingCounts({ nodes: [node], findings: [] }));
  item.accessibilityInformation = { label: [node.label, item.description, counts].filter(Boolean).join(", ") };
  if (node.location) {
    const reveal: RevealRangeArgument = node.location;
    item.command = { title: "Show in the Model File", command: clientCommands.revealRange, arguments: [reveal] };
  }
  return item;
}

function icon(severity: "error" | "warning"): vscode.ThemeIcon {
  return new vscode.ThemeIcon(severity, new vscode.ThemeColor(`list.${severity}Foreground`));
}

/** With icons, without links or HTML. */
function markdown(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString(text, true);
}
