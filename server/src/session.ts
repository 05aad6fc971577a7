/** One client's session: documents, models and settings, and what follows when one of them changes. */
import {
  Location,
  type Diagnostic,
  type DidChangeTextDocumentParams,
  type TextDocumentItem,
  type WorkspaceFolder,
} from "vscode-languageserver";
import { serverCommands } from "../../shared/command-messages.js";
import type {
  BaseTextParams,
  SelectParametersParams,
  SelectParametersResult,
  SelectWeightsParams,
  SelectWeightsResult,
  ServerStatus,
} from "../../shared/messages.js";
import type { ClientFeatures } from "./capabilities.js";
import type { ClientConnection } from "./client-connection.js";
import type { ServerConfig } from "./config.js";
import type { ChannelFiles, DiagnosticsChannel } from "./diagnostics-channel.js";
import { diagnostics, type RuleLink } from "./features/diagnostics.js";
import { modelSummary } from "./features/model-cost.js";
import { createFiles, type Files } from "./host/files.js";
import { collectShortLived } from "./host/idle-collection.js";
import { canonicalUri } from "./host/uris.js";
import { ExportStore, isExportIndex, type ModelExport } from "./models/export-store.js";
import type { ModelSlot } from "./models/model-slot.js";
import { isFresh, type ModelState } from "./models/model-state.js";
import { ModelStore } from "./models/model-store.js";
import { ParametersStore, parametersSetting } from "./models/parameters-store.js";
import { NetworkStore } from "./networks/network-store.js";
import type { RunNetworkJob } from "./networks/runner.js";
import { WeightsStore, weightsSetting } from "./models/weights-store.js";
import type { SandboxRunner } from "../../shared/sandbox/runner.js";
import { Debounce } from "./scheduler.js";
import { createSettings, type Settings } from "./settings.js";
import { OpenDocuments } from "./text/documents.js";

/** An evaluation that takes longer is shown as being busy. */
const busyDelayMs = 250;
/** What nobody waits for is told after the answers that somebody does wait for. */
const announceDelayMs = 10;
/** A model is evaluated this long after an edit even if the client asks for nothing. */
const idleDelayMs = 30;

export interface SessionParts {
  readonly client: ClientFeatures;
  readonly connection: ClientConnection;
  readonly channel: (files: ChannelFiles) => DiagnosticsChannel;
  readonly runner: SandboxRunner;
  readonly networkJobs: RunNetworkJob;
  readonly ruleLink: RuleLink;
}

export class Session {
  readonly documents = new OpenDocuments();
  readonly models: ModelStore;
  /** ONNX files that are shown. */
  readonly networks: NetworkStore;
  readonly ruleLink: RuleLink;
  private readonly files: Files;
  private readonly settings: Settings;
  private readonly weights: WeightsStore;
  private readonly exports: ExportStore;
  private readonly parameters = new ParametersStore();
  private readonly channel: DiagnosticsChannel;
  private readonly idle = new Debounce(idleDelayMs);
  private readonly announcements = new Debounce(announceDelayMs);
  private readonly busy = new Debounce(busyDelayMs);
  private status: ServerStatus["state"] = "ready";
  private folders: string[];

  constructor(private readonly parts: SessionParts) {
    const { client, connection } = parts;
    this.ruleLink = parts.ruleLink;
    this.folders = [...client.folders];
    this.files = createFiles(this.documents, connection.readFile);
    this.settings = createSettings(connection.fetchSettings, undefined, connection.warn);
    this.weights = new WeightsStore(this.files);
    this.exports = new ExportStore(this.files, this.weights);
    this.networks = new NetworkStore(this.files, parts.networkJobs);
    this.channel = parts.channel({
      clientUri: (key) => this.documents.clientUri(key),
      pulled: (key) => client.pullDiagnostics && this.documents.get(key) !== undefined,
    });
    this.models = new ModelStore({
      documents: this.documents,
      files: this.files,
      runner: parts.runner,
      config: (key) => this.config(key),
      weights: (key, config) => this.weights.of(key, this.weightsSetting(key, config)),
      parameters: (key, config) => this.parameters.of(key, parametersSetting(key, config, this.folders)),
      failed: (error) => {
        this.report(error);
      },
      evaluated: (state, joined) => {
        // An open helper was asked about before it was known to be one.
        if (joined.some((file) => this.documents.get(file))) connection.refresh();
        this.announceLater(state);
      },
      running: (count) => {
        this.running(count);
      },
    });
  }

  /** Settings in force for a file. */
  config(key: string): Promise<ServerConfig> {
    return this.settings.of(this.documents.clientUri(key));
  }

  /** What was last exported from a model. */
  latestExport(state: ModelState): Promise<ModelExport | undefined> {
    return this.exports.latest(state, Date.now());
  }

  opened(item: TextDocumentItem): void {
    const key = this.documents.open(item);
    this.channel.toggled(key);
    this.documentChanged(key);
  }

  changed({ textDocument, contentChanges }: DidChangeTextDocumentParams): void {
    const key = this.documents.change(textDocument.uri, contentChanges, textDocument.version);
    if (key !== undefined) this.documentChanged(key);
  }

  closed(uri: string): void {
    const key = this.documents.close(uri);
    this.idle.cancel(key);
    this.documentChanged(key);
    this.channel.toggled(key);
  }

  /** Files changed on disk, or in the client's file system. Open documents are what their editors say. */
  filesChanged(uris: readonly string[]): void {
    for (const key of uris.map(canonicalUri)) {
      this.files.invalidate(key);
      if (this.documents.get(key)) continue;
      if (isExportIndex(key)) this.parts.connection.refresh();
      const weights = /\.(?:onnx|safetensors|pth?)$/.test(key);
      this.again(weights ? this.models.invalidate() : this.models.fileChanged(key));
    }
  }

  settingsChanged(pushed: unknown): void {
    this.settings.changed(pushed);
    this.again(this.models.invalidate());
  }

  foldersChanged(added: readonly WorkspaceFolder[], removed: readonly WorkspaceFolder[]): void {
    const gone = new Set(removed.map(({ uri }) => uri));
    this.folders = [...this.folders.filter((uri) => !gone.has(uri)), ...added.map(({ uri }) => uri)];
    this.again(this.models.invalidate());
  }

  baseText({ uri, text, label }: BaseTextParams): void {
    const key = canonicalUri(uri);
    const affected = this.models.setBaseText(key, text === null ? undefined : { text, label: label ?? "HEAD" });
    if (affected.length > 0) this.parts.connection.refresh();
    // Panels that compare with the last commit ask again when a model is announced.
    for (const { state } of affected) if (state) this.announceLater(state);
  }

  async selectWeights({ uri, weights }: SelectWeightsParams): Promise<SelectWeightsResult> {
    const key = canonicalUri(uri);
    const setting = this.weightsSetting(key, await this.config(key));
    this.weights.select(key, weights, setting);
    const { problem } = await this.weights.of(key, setting);
    this.again(this.models.invalidate(key));
    return problem === undefined ? {} : { problem };
  }

  async selectParameters({ uri, parameters }: SelectParametersParams): Promise<SelectParametersResult> {
    const key = canonicalUri(uri);
    this.parameters.select(key, parameters, parametersSetting(key, await this.config(key), this.folders));
    this.again(this.models.invalidate(key));
    const state = await this.models.current(key);
    const problems = [...(state?.analysis.problems ?? []), ...(state?.problems ?? [])];
    const problem = problems.find(({ code }) => code === "unknown-parameter" || code === "invalid-parameter");
    return problem === undefined ? {} : { problem: problem.message };
  }

  /** A command of `serverCommands`; others, and other arguments, are left alone. */
  async executeCommand(command: string, [argument]: readonly unknown[] = []): Promise<void> {
    if (command === serverCommands.showRange && Location.is(argument)) await this.parts.connection.showRange(argument);
  }

  dispose(): Promise<void> {
    this.idle.dispose();
    this.announcements.dispose();
    this.busy.dispose();
    this.parts.connection.dispose();
    return this.parts.runner.dispose();
  }

  private weightsSetting(key: string, config: ServerConfig): string | undefined {
    return weightsSetting(key, config.weights, this.folders);
  }

  private documentChanged(key: string): void {
    const before = this.models.filesOf(key);
    const affected = this.models.documentChanged(key);
    if (!this.models.has(key)) {
      this.announcements.cancel(key);
      this.channel.closed(key);
    }
    for (const slot of affected) this.whenIdle(slot);
    // The client asks again for the file that was edited; for the others, also those of a model that is gone, it has to be told.
    const files = [...before, ...affected.flatMap(({ dependencies }) => [...dependencies])];
    if (files.some((file) => file !== key && this.documents.get(file) !== undefined)) this.parts.connection.refresh();
  }

  /** Evaluates models again although nobody edited them, and has the client ask for them. */
  private again(slots: readonly ModelSlot[]): void {
    for (const slot of slots) this.whenIdle(slot);
    if (slots.length > 0) this.parts.connection.refresh();
  }

  private whenIdle(slot: ModelSlot): void {
    this.idle.schedule(slot.key, () => void this.models.current(slot.key));
  }

  private announceLater(state: ModelState): void {
    this.announcements.schedule(state.key, () => {
      this.announce(state);
    });
  }

  /** Pushes diagnostics and tells the status bar. */
  private announce(state: ModelState): void {
    const { connection } = this.parts;
    if (this.status === "error") this.setStatus({ state: "ready" });
    this.channel.evaluated(state, (file) => this.diagnosticsIn(state, file));
    const summary = modelSummary(state);
    connection.notify("quantlens/modelChanged", {
      uri: this.documents.clientUri(state.key),
      ...(summary && { summary }),
      fresh: isFresh(state),
      dependencies: [...state.dependencies]
        .filter((key) => key !== state.key)
        .map((key) => this.documents.clientUri(key)),
    });
    collectShortLived();
  }

  private diagnosticsIn(state: ModelState, file: string): Diagnostic[] {
    return diagnostics(state, file, this.ruleLink);
  }

  private running(count: number): void {
    this.busy.cancel("busy");
    if (count > 0) {
      this.busy.schedule("busy", () => {
        this.setStatus({ state: "busy" });
      });
    } else if (this.status === "busy") {
      this.setStatus({ state: "ready" });
    }
  }

  private report(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.parts.connection.log(`A model could not be analysed: ${text}`);
    this.setStatus({ state: "error", message: "A model could not be analysed; the log says why." });
  }

  private setStatus(status: ServerStatus): void {
    this.status = status.state;
    this.parts.connection.notify("quantlens/status", status);
  }
}
