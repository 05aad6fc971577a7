/** One model file that is followed: what was last found out about it and what is being found out. */
import type { SandboxHost } from "../../../shared/sandbox/evaluate.js";
import type { SandboxRunner } from "../../../shared/sandbox/runner.js";
import type { Files } from "../host/files.js";
import { resolveRelative } from "../host/uris.js";
import type { ReadFile } from "../text/sources.js";
import type { BaseModel } from "../features/code-lens/score.js";
import type { ModelState, RunAnalysis } from "./model-state.js";

export interface ModelSlot {
  readonly key: string;
  readonly host: RecordingHost;
  /** Grows with every change of anything that the result depends on. */
  generation: number;
  /** The generation that `state` is of. */
  finished: number;
  state: ModelState | undefined;
  /** The last analysis that ran, with the texts it is of. */
  lastRun: { readonly analysis: RunAnalysis; readonly read: ReadonlyMap<string, ReadFile> } | undefined;
  dependencies: ReadonlySet<string>;
  running: { readonly work: Promise<void>; readonly controller: AbortController } | undefined;
  /** Made when first asked for, dropped when anything but the model file itself changes. */
  base: Promise<BaseModel | undefined> | undefined;
}

export function createSlot(key: string, files: Files, runner: SandboxRunner): ModelSlot {
  return {
    key,
    host: new RecordingHost(files, runner),
    generation: 1,
    finished: 0,
    state: undefined,
    lastRun: undefined,
    dependencies: new Set([key]),
    running: undefined,
    base: undefined,
  };
}

/** The sandbox's view of the files; remembers what was read. One per model, so that the sandbox can keep what it parsed. */
export class RecordingHost implements SandboxHost {
  private record = new Map<string, ReadFile>();
  private wanted = new Set<string>();

  constructor(
    private readonly files: Files,
    readonly runner: SandboxRunner,
    /** Texts that stand in for files: what they were at the last commit. */
    private readonly instead?: (key: string) => string | undefined,
  ) {}

  /** Starts a new record; runs of one host follow each other. */
  begin(): Map<string, ReadFile> {
    this.record = new Map();
    this.wanted = new Set();
    return this.record;
  }

  /** Files that were asked for since `begin`, found or not. */
  lookedFor(): ReadonlySet<string> {
    return this.wanted;
  }

  async readFile(key: string): Promise<string | undefined> {
    const { record } = this;
    this.wanted.add(key);
    const other = this.instead?.(key);
    const file = other === undefined ? await this.files.readText(key) : { text: other };
    if (file) record.set(key, file);
    return file?.text;
  }

  resolve(from: string, specifier: string): string {
    return resolveRelative(from, specifier);
  }
}
