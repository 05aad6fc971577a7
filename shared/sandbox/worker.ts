/** The worker in which model files run. It keeps one context ready; each serves one program. */
import { parentPort, workerData } from "node:worker_threads";
import quickJsVariant from "@jitl/quickjs-singlefile-cjs-release-sync";
import { newQuickJSWASMModuleFromVariant, type QuickJSWASMModule } from "quickjs-emscripten-core";
import { GuestContext, type GuestSignals } from "./guest-context.js";
import { controlSlots, type RunOutcome, type RunRequest, type WorkerData } from "./protocol.js";

const { guest, control } = workerData as WorkerData;
const slots = new Int32Array(control);
const signals: GuestSignals = {
  noteCall: (id) => Atomics.store(slots, controlSlots.noted, id),
  isCancelled: () => Atomics.load(slots, controlSlots.cancel) !== 0,
};

let module: Promise<QuickJSWASMModule> | undefined;
let ready: GuestContext | undefined;

async function prepare(): Promise<GuestContext> {
  module ??= newQuickJSWASMModuleFromVariant(quickJsVariant.default);
  return new GuestContext(await module, guest, signals);
}

async function serve(request: RunRequest): Promise<void> {
  const context = ready ?? (await prepare());
  ready = undefined;
  const outcome = execute(context, request);
  parentPort?.postMessage(outcome);
  ready = await prepare();
}

function execute(context: GuestContext, request: RunRequest): RunOutcome {
  try {
    const outcome = context.run(request);
    context.dispose();
    return outcome;
  } catch (error) {
    // The interpreter itself gave up: nothing in its memory can be trusted any more.
    module = undefined;
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "failure", failure: { name: "InternalError", message, stack: "" }, logs: [] };
  }
}

parentPort?.on("message", (request: RunRequest) => {
  void serve(request);
});
void prepare().then((context) => {
  ready ??= context;
});
