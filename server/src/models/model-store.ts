/**
 * Evaluates open model files and keeps the results. A result is of exactly the texts that are open when it is
 * given out: a newer edit cancels older work, and an answer that has become stale is dropped.
 */
import { analyzeModel } from "../../../shared/analysis/analyze.js";
import type { Analysis } from "../../../shared/analysis/types.js";
import type { SandboxRunner } from "../../../shared/sandbox/runner.js";
import { analysisOptions, type ParameterValues, type ServerConfig } from "../config.js";
import type { BaseModel } from "../features/code-lens/score.js";
import type { Files } from "../host/files.js";
import { looksLikeModel } from "../text/activation.js";
import type { OpenDocuments } from "../text/documents.js";
import { Sources, type ReadFile } from "../text/sources.js";
import { createSlot, RecordingHost, type ModelSlot } from "./model-slot.js";
import { asRun, type ModelState } from "./model-state.js";
import { parameterProblems } from "./parameters-store.js";
import { weightsProblems, type ChosenWeights } from "./weights-store.js";

/** Everything that the store needs from outside. */
export interface StoreEnvironment {
  readonly documents: OpenDocuments;
  readonly files: Files;
  readonly runner: SandboxRunner;
  config(key: string): Promise<ServerConfig>;
  weights(key: string, config: ServerConfig): Promise<ChosenWeights>;
  /** Chosen values of the model's parameters. */
  parameters(key: string, config: ServerConfig): ParameterValues;
  /** Called when an evaluation fails for another reason than the model file. */
  failed(error: unknown): void;
  /** Called after each evaluation; `joined` are the files on which the model did not depend before it. */
  evaluated(state: ModelState, joined: readonly string[]): void;
  /** Called when the number of evaluations in progress changes. */
  running(count: number): void;
}

/** What an evaluation was made from, besides the model's own texts. */
interface EvaluationInput {
  readonly config: ServerConfig;
  readonly weights: ChosenWeights;
  readonly parameters: ParameterValues;
  readonly read: ReadonlyMap<string, ReadFile>;
}

export class ModelStore {
  private readonly slots = new Map<string, ModelSlot>();
  private readonly baseTexts = new Map<string, { readonly text: string; readonly label: string }>();
  private nextId = 1;
  private running = 0;

  constructor(private readonly environment: StoreEnvironment) {}

  /** True for an open model file. */
  has(key: string): boolean {
    return this.slots.has(key);
  }

  /** The files on which an open model's result depends; none for other files. */
  filesOf(key: string): ReadonlySet<string> {
    return this.slots.get(key)?.dependencies ?? new Set();
  }

  /** Call after a document was opened, changed or closed. Returns the models that have to be evaluated again. */
  documentChanged(key: string): ModelSlot[] {
    const document = this.environment.documents.get(key);
    const isModel = document !== undefined && isScript(document.languageId) && looksLikeModel(document.text);
    const slot = this.slots.get(key);
    if (isModel && !slot) this.slots.set(key, createSlot(key, this.environment.files, this.environment.runner));
    if (!isModel && slot) {
      outdate(slot);
      this.slots.delete(key);
    }
    return this.fileChanged(key);
  }

  /** Call when a file changed anywhere. Models that could not find a file may find it now. */
  fileChanged(key: string): ModelSlot[] {
    const affected = this.dependents(key);
    for (const slot of affected) {
      outdate(slot);
      if (slot.key !== key) slot.base = undefined;
    }
    return affected;
  }

  /** Call when settings or weights changed; all models, or one. */
  invalidate(key?: string): ModelSlot[] {
    const affected = [...this.slots.values()].filter((slot) => key === undefined || slot.key === key);
    for (const slot of affected) {
      outdate(slot);
      slot.base = undefined;
    }
    return affected;
  }

  /** The text of a file at the last commit; `undefined` when it is in none. */
  setBaseText(key: string, base: { readonly text: string; readonly label: string } | undefined): ModelSlot[] {
    if (base) this.baseTexts.set(key, base);
    else this.baseTexts.delete(key);
    const affected = this.dependents(key);
    for (const slot of affected) slot.base = undefined;
    return affected;
  }

  /** Models whose result depends on a file, the file itself included if it is one. */
  dependents(key: string): ModelSlot[] {
    return [...this.slots.values()].filter((slot) => slot.key === key || slot.dependencies.has(key));
  }

  /** The state of the current texts, or `undefined` for what is no open model. Waits for the evaluation. */
  async current(key: string): Promise<ModelState | undefined> {
    for (;;) {
      const slot = this.slots.get(key);
      if (!slot) return undefined;
      if (slot.finished === slot.generation) return slot.state;
      await (slot.running?.work ?? this.start(slot));
    }
  }

  /** The states in which a file takes part: the model itself, or all open models that import it. */
  statesOf(file: string): Promise<ModelState[]> {
    return this.slots.has(file) ? this.currentOf([file]) : this.statesThatRead(file);
  }

  /** The states that may have found something in a file: of the model itself, and of all open models that import it. */
  statesThatRead(file: string): Promise<ModelState[]> {
    return this.currentOf(this.dependents(file).map(({ key }) => key));
  }

  private async currentOf(keys: readonly string[]): Promise<ModelState[]> {
    const states = await Promise.all(keys.map((key) => this.current(key)));
    return states.filter((state) => state !== undefined);
  }

  /** A state that was given out before, if it is still the newest. */
  byId(key: string, id: number): ModelState | undefined {
    const state = this.slots.get(key)?.state;
    return state?.id === id ? state : undefined;
  }

  /** The model at the last commit, as far as the client told its text; `undefined` where it did not run. */
  base(state: ModelState): Promise<BaseModel | undefined> {
    const slot = this.slots.get(state.key);
    const text = this.baseTexts.get(state.key);
    if (!slot || !text) return Promise.resolve(undefined);
    slot.base ??= this.evaluateBase(slot.key, text.label).catch((error: unknown) => {
      this.environment.failed(error);
      return undefined;
    });
    return slot.base;
  }

  private start(slot: ModelSlot): Promise<void> {
    const controller = new AbortController();
    const generation = slot.generation;
    this.environment.running(++this.running);
    const work = this.evaluate(slot, generation, controller.signal)
      .catch((error: unknown) => {
        // An evaluation that was cancelled rejects, too.
        if (generation !== slot.generation) return;
        // A failure of the server's own must not be tried for ever.
        slot.finished = generation;
        this.environment.failed(error);
      })
      .finally(() => {
        slot.running = undefined;
        this.environment.running(--this.running);
      });
    slot.running = { work, controller };
    return work;
  }

  private async evaluate(slot: ModelSlot, generation: number, signal: AbortSignal): Promise<void> {
    const { environment } = this;
    const config = await environment.config(slot.key);
    const weights = await environment.weights(slot.key, config);
    const parameters = environment.parameters(slot.key, config);
    if (generation !== slot.generation) return;
    const read = slot.host.begin();
    const limits = { deadlineMs: config.deadlineMs, memoryMb: config.memoryMb, signal };
    const analysis = await analyzeModel(slot.key, slot.host, limits, analysisOptions(config, parameters), weights.set);
    if (generation !== slot.generation) return;
    if (!this.isCurrent(read)) {
      // A helper that was not yet known as a dependency changed while the model ran.
      outdate(slot);
      return;
    }
    this.accept(slot, analysis, { config, weights, parameters, read });
  }

  private accept(slot: ModelSlot, analysis: Analysis, { config, weights, parameters, read }: EvaluationInput): void {
    const { documents } = this.environment;
    const sources = new Sources(read, documents);
    const run = asRun(analysis);
    if (run) slot.lastRun = { analysis: run, read };
    const last = slot.lastRun;
    slot.state = {
      id: this.nextId++,
      key: slot.key,
      config,
      analysis,
      sources,
      shown: last && { analysis: last.analysis, sources: run ? sources : new Sources(last.read, documents) },
      dependencies: new Set(read.keys()),
      weightsUri: weights.uri,
      problems: [
        ...weightsProblems(weights, analysis.weights, config.severities),
        ...parameterProblems(parameters, analysis.definition, config.severities),
      ],
    };
    // While the file does not parse its imports are unknown: a helper of the last run still counts.
    const before = slot.dependencies;
    slot.dependencies = new Set([slot.key, ...slot.host.lookedFor(), ...(last?.read.keys() ?? [])]);
    slot.finished = slot.generation;
    this.environment.evaluated(
      slot.state,
      [...slot.dependencies].filter((file) => !before.has(file)),
    );
  }

  private isCurrent(read: ReadonlyMap<string, ReadFile>): boolean {
    return [...read].every(([key, { version }]) => this.environment.documents.get(key)?.version === version);
  }

  private async evaluateBase(key: string, label: string): Promise<BaseModel | undefined> {
    const { environment } = this;
    const config = await environment.config(key);
    const weights = await environment.weights(key, config);
    const { files, runner } = environment;
    const host = new RecordingHost(files, runner, (file) => this.baseTexts.get(file)?.text);
    const limits = { deadlineMs: config.deadlineMs, memoryMb: config.memoryMb };
    const options = analysisOptions(config, environment.parameters(key, config));
    const analysis = await analyzeModel(key, host, limits, options, weights.set);
    const run = asRun(analysis);
    return run && { analysis: run, label };
  }
}

function outdate(slot: ModelSlot): void {
  slot.generation++;
  slot.running?.controller.abort();
}

function isScript(languageId: string): boolean {
  return languageId.startsWith("typescript") || languageId.startsWith("javascript");
}
