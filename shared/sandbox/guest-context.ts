/** One single-use QuickJS context: the DSL's functions are in it before the program comes. */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from "quickjs-emscripten-core";
import { readBinaryValues } from "./binary-json.js";
import { calleeNames } from "./callee-names.js";
import { Replay, ReplayTimeoutError } from "./calls/replay.js";
import type { CallsPart, Failure, GuestReport, GuestTools, RunOutcome, RunRequest } from "./protocol.js";

/** Stack of the interpreter: about five thousand nested calls. */
const stackBytes = 1024 * 1024;

export interface GuestSignals {
  /** Told of calls that may never return. */
  noteCall(id: number): void;
  /** Told of calls as soon as the program asks about one of their results. */
  tellCalls(part: CallsPart): void;
  isCancelled(): boolean;
}

/** An outcome before what was printed is added to it. */
type Ending = RunOutcome extends infer Outcome ? (Outcome extends RunOutcome ? Omit<Outcome, "logs"> : never) : never;

/** The program has left no room for the record of its calls. */
const tooLarge = {
  kind: "failure",
  failure: { name: "RangeError", message: "The record of calls is too large to allocate.", stack: "" },
} as const satisfies Ending;

export class GuestContext {
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly tools: QuickJSHandle;
  private isOver = false;
  /** Carries the calls out to answer what the program asks about their results. */
  private replay: Replay | undefined;

  constructor(
    module: QuickJSWASMModule,
    guest: string,
    private readonly signals: GuestSignals,
  ) {
    this.runtime = module.newRuntime({ maxStackSizeBytes: stackBytes });
    this.context = this.runtime.newContext();
    const { context } = this;
    const note = context.newFunction("note", (id) => {
      signals.noteCall(context.getNumber(id));
    });
    const ask = context.newFunction("ask", (question) => context.newString(this.answer(question)));
    note.consume((handle) => {
      context.setProp(context.global, "__quantlensNote", handle);
    });
    ask.consume((handle) => {
      context.setProp(context.global, "__quantlensAsk", handle);
    });
    context.unwrapResult(context.evalCode(guest, "quantlens", { type: "module" })).dispose();
    this.tools = context.getProp(context.global, "__quantlensTools");
    context.unwrapResult(context.evalCode("delete globalThis.__quantlensTools", "quantlens")).dispose();
  }

  /** Runs a program to its end, its deadline or its failure. */
  run({ entry, modules, parameters, deadlineMs, memoryMb }: RunRequest): RunOutcome {
    const { context, runtime, signals } = this;
    this.text(context.newString(JSON.stringify(parameters)).consume((json) => this.call("setParameters", json)));
    const code = new Map(modules.map((module) => [module.path, module.code]));
    runtime.setModuleLoader(
      (name) => code.get(name) ?? { error: new Error(`"${name}" cannot be imported here`) },
      (_, name) => name,
    );
    const deadline = performance.now() + deadlineMs;
    this.replay = new Replay({ callee: calleeNames(modules), parameters, deadline });
    runtime.setMemoryLimit(memoryMb * 2 ** 20);
    runtime.setInterruptHandler(() => (this.isOver ||= performance.now() > deadline || signals.isCancelled()));
    const ending = this.evaluate(entry, code.get(entry) ?? "");
    // The report is made without the limits that the program ran into.
    runtime.setMemoryLimit(-1);
    runtime.removeInterruptHandler();
    const report = JSON.parse(this.text(this.call("report")) ?? "{}") as Partial<GuestReport>;
    return withReport(this.isOver ? { kind: "timeout" } : ending, report);
  }

  private evaluate(entry: string, code: string): Ending {
    const { context, runtime } = this;
    const result = context.evalCode(code, entry, { type: "module" });
    if (result.error) return this.failure(result.error);
    const jobs = runtime.executePendingJobs();
    if (jobs.error) {
      result.value.dispose();
      return this.failure(jobs.error);
    }
    return result.value.consume((module) => this.exported(module));
  }

  /** The default export of a module, which is behind a promise if the module has an `await` at its top. */
  private exported(module: QuickJSHandle): Ending {
    const { context } = this;
    const state = context.getPromiseState(module);
    if (state.type === "pending") return { kind: "pending" };
    if (state.type === "rejected") return this.failure(state.error);
    const value = context.getProp(state.value, "default");
    if (state.notAPromise !== true) state.value.dispose();
    const model = this.modelOf(value);
    if (model !== undefined) {
      value.dispose();
      return this.calls(model);
    }
    const bytes = this.bytesOf(value);
    if (bytes !== undefined) {
      value.dispose();
      return { kind: "bytes", bytes };
    }
    const result = value.consume((handle) => this.call("result", handle));
    if (result.error) {
      const failure = this.failure(result.error);
      // What has cycles or big integers in it is no model either.
      return failure.kind === "failure" && failure.failure.name === "TypeError" ? { kind: "noDefault" } : failure;
    }
    const json = this.text(result);
    return json === undefined ? { kind: "noDefault" } : { kind: "value", json };
  }

  /** Plain data as bytes; `undefined` for what has getters, functions or instances of the language's classes in it. */
  private bytesOf(value: QuickJSHandle): CallsPart | undefined {
    const { context } = this;
    if (context.typeof(value) !== "object") return undefined;
    return context.encodeBinaryJSON(value).consume((buffer) => {
      if (context.typeof(buffer) !== "object") return undefined;
      return context.getArrayBuffer(buffer).consume((bytes) => new Uint8Array(bytes.value));
    });
  }

  /** The number of the result that a value is, if it is a model. */
  private modelOf(value: QuickJSHandle): number | undefined {
    const { context } = this;
    const result = this.call("model", value);
    if (result.error) {
      result.error.dispose();
      return undefined;
    }
    return result.value.consume((id) => (context.typeof(id) === "number" ? context.getNumber(id) : undefined));
  }

  /** The record of the calls since the last question. */
  private calls(model: number): Ending {
    const result = this.call("calls");
    if (result.error) return this.failure(result.error);
    const part = result.value.consume((calls) => this.bytesOf(calls));
    if (part === undefined) return tooLarge;
    return { kind: "calls", part, model };
  }

  /** What the program asks about a result, as JSON. */
  private answer(question: QuickJSHandle): string {
    const bytes = this.bytesOf(question);
    if (bytes === undefined || this.replay === undefined) throw new RangeError(tooLarge.failure.message);
    const [calls, result, property] = readBinaryValues(bytes) as readonly unknown[];
    this.signals.tellCalls(bytes);
    try {
      this.replay.play(calls);
    } catch (error) {
      this.isOver ||= error instanceof ReplayTimeoutError;
      throw error;
    }
    return this.replay.answer(result, property);
  }

  private call(name: keyof GuestTools, argument?: QuickJSHandle): ReturnType<QuickJSContext["callFunction"]> {
    const { context } = this;
    return context
      .getProp(this.tools, name)
      .consume((tool) => context.callFunction(tool, context.undefined, argument ? [argument] : []));
  }

  /** The string that a call returned. */
  private text(result: ReturnType<QuickJSContext["callFunction"]>): string | undefined {
    if (result.error) {
      result.error.dispose();
      return undefined;
    }
    const { context } = this;
    return result.value.consume((handle) =>
      context.typeof(handle) === "string" ? context.getString(handle) : undefined,
    );
  }

  private failure(error: QuickJSHandle): Ending {
    const dumped = error.consume((handle): unknown => this.context.dump(handle));
    return { kind: "failure", failure: describe(dumped) };
  }

  dispose(): void {
    this.tools.dispose();
    this.context.dispose();
    this.runtime.dispose();
  }
}

function withReport(ending: Ending, { whereabouts, logs = [] }: Partial<GuestReport>): RunOutcome {
  const where = whereabouts && { whereabouts };
  if (ending.kind === "failure") return { kind: "failure", failure: { ...ending.failure, ...where }, logs };
  return ending.kind === "timeout" ? { ...ending, ...where, logs } : { ...ending, logs };
}

function describe(dumped: unknown): Failure {
  const { name, message, stack } = (typeof dumped === "object" && dumped !== null ? dumped : {}) as Record<
    string,
    unknown
  >;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  if (typeof message === "string" && typeof stack === "string") return { name: text(name), message, stack };
  const written = typeof dumped === "bigint" ? `${dumped}n` : (JSON.stringify(dumped) as string | undefined);
  return { name: "", message: typeof dumped === "string" ? dumped : (written ?? String(dumped)), stack: "" };
}
