/** One single-use QuickJS context: the DSL is in it before the program comes. */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from "quickjs-emscripten-core";
import type { Whereabouts } from "./marks-runtime.js";
import type { Failure, LogLine, RunOutcome, RunRequest } from "./protocol.js";

/** Stack of the interpreter: deep enough for any model, well within the WebAssembly stack. */
const stackBytes = 256 * 1024;
const maxLogLines = 100;
const maxLogLength = 1000;

/** Taken from the context before the program can change them. */
const toolsCode = `({
  stringify: JSON.stringify,
  whereabouts: ((f, s) => () => s(f()))(globalThis.__quantlens.whereabouts, JSON.stringify),
  setParameters: ((p, g) => (json) => { g.parameters = p(json); })(JSON.parse, globalThis.__quantlens),
})`;

export interface GuestSignals {
  /** Told of calls that may never return. */
  noteCall(id: number): void;
  isCancelled(): boolean;
}

export class GuestContext {
  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly tools: QuickJSHandle;
  private readonly logs: LogLine[] = [];
  private expired = false;

  constructor(
    module: QuickJSWASMModule,
    guest: string,
    private readonly signals: GuestSignals,
  ) {
    this.runtime = module.newRuntime({ maxStackSizeBytes: stackBytes });
    this.context = this.runtime.newContext();
    const { context } = this;
    context.newFunction("note", (id) => {
      signals.noteCall(context.getNumber(id));
    }).consume((note) => {
      context.setProp(context.global, "__quantlensNote", note);
    });
    context.unwrapResult(context.evalCode(guest, "quantlens", { type: "module" })).dispose();
    context.unwrapResult(context.evalCode("delete globalThis.__quantlensNote", "tools")).dispose();
    this.tools = context.unwrapResult(context.evalCode(toolsCode, "tools"));
    this.installConsole();
  }

  /** Runs a program to its end, its deadline or its failure. */
  run({ entry, modules, parameters, deadlineMs, memoryMb }: RunRequest): RunOutcome {
    const { context, runtime, signals } = this;
    const deadline = performance.now() + deadlineMs;
    runtime.setMemoryLimit(memoryMb * 2 ** 20);
    this.call("setParameters", context.newString(JSON.stringify(parameters)))?.dispose();
    const code = new Map(modules.map((module) => [module.path, module.code]));
    runtime.setModuleLoader(
      (name) => code.get(name) ?? { error: new Error(`"${name}" cannot be imported here`) },
      (_, name) => name,
    );
    runtime.setInterruptHandler(() => (this.expired ||= performance.now() > deadline || signals.isCancelled()));
    const outcome = this.evaluate(entry, code.get(entry) ?? "");
    return { ...outcome, logs: this.logs };
  }

  private evaluate(entry: string, code: string): DistributiveOmit<RunOutcome, "logs"> {
    const { context, runtime } = this;
    const result = context.evalCode(code, entry, { type: "module" });
    if (result.error) return this.failure(result.error);
    const jobs = runtime.executePendingJobs();
    if (jobs.error) return this.failure(jobs.error);
    const module = this.settled(result.value);
    if (!("handle" in module)) return module;
    const value = context.getProp(module.handle, "default");
    module.handle.dispose();
    if (context.typeof(value) === "undefined") {
      value.dispose();
      return { kind: "noDefault" };
    }
    const json = this.call("stringify", value);
    if (json === undefined) return this.failure(context.newError("The default export cannot be written as JSON."));
    return json.consume((handle) => ({ kind: "value", json: context.typeof(handle) === "string" ? context.getString(handle) : "null" }));
  }

  /** The namespace of a module, behind the promise of a top-level `await`. */
  private settled(handle: QuickJSHandle): { handle: QuickJSHandle } | DistributiveOmit<RunOutcome, "logs"> {
    const state = this.context.getPromiseState(handle);
    if (state.type === "fulfilled") {
      if (!state.notAPromise) handle.dispose();
      return { handle: state.value };
    }
    handle.dispose();
    if (state.type === "rejected") return this.failure(state.error);
    return { kind: "pending", ...this.whereabouts() };
  }

  /** Calls one of the tools; disposes of the argument. */
  private call(name: "stringify" | "setParameters" | "whereabouts", argument?: QuickJSHandle): QuickJSHandle | undefined {
    const { context } = this;
    const result = context
      .getProp(this.tools, name)
      .consume((tool) => context.callFunction(tool, context.undefined, ...(argument ? [argument] : [])));
    argument?.dispose();
    if (result.error) {
      result.error.dispose();
      return undefined;
    }
    return result.value;
  }

  private failure(error: QuickJSHandle): DistributiveOmit<RunOutcome, "logs"> {
    const dumped: unknown = this.context.dump(error);
    error.dispose();
    if (this.expired) return { kind: "timeout", ...this.whereabouts() };
    return { kind: "failure", failure: { ...describe(dumped), ...this.whereabouts() } };
  }

  /** Where the program was when it stopped; asked without the limits that it ran into. */
  private whereabouts(): { whereabouts?: Whereabouts } {
    this.runtime.setMemoryLimit(-1);
    this.runtime.removeInterruptHandler();
    const json = this.call("whereabouts");
    if (json === undefined) return {};
    return json.consume((handle) => ({ whereabouts: JSON.parse(this.context.getString(handle)) as Whereabouts }));
  }

  private installConsole(): void {
    const { context, logs } = this;
    const log = context.newFunction("log", (...args) => {
      if (logs.length >= maxLogLines) return;
      const text = args.map((argument) => describeValue(context.dump(argument))).join(" ");
      logs.push({ text: text.slice(0, maxLogLength) });
    });
    const console = context.newObject();
    for (const name of ["log", "info", "warn", "error", "debug"]) context.setProp(console, name, log);
    context.setProp(context.global, "console", console);
    console.dispose();
    log.dispose();
  }

  dispose(): void {
    this.tools.dispose();
    this.context.dispose();
    this.runtime.dispose();
  }
}

type DistributiveOmit<Type, Key extends PropertyKey> = Type extends unknown ? Omit<Type, Key> : never;

function describe(dumped: unknown): Failure {
  if (typeof dumped !== "object" || dumped === null) return { name: "", message: describeValue(dumped), stack: "" };
  const { name, message, stack } = dumped as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  if (typeof message !== "string" && typeof stack !== "string") return { name: "", message: describeValue(dumped), stack: "" };
  return { name: text(name), message: text(message), stack: text(stack) };
}

function describeValue(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}
