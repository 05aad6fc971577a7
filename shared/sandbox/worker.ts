/** The worker in which model files run. It keeps one context ready; each serves one program. */
import { parentPort, workerData } from "node:worker_threads";
import quickJsVariant from "@jitl/quickjs-singlefile-cjs-release-sync";
import { newQuickJSWASMModuleFromVariant, type QuickJSWASMModule } from "quickjs-emscripten-core";
import { GuestContext, type GuestSignals } from "./guest-context.js";
import { controlSlots, type RunOutcome, type RunRequest, type WorkerData, type WorkerMessage } from "./protocol.js";

/** An interpreter whose memory has grown beyond this is given back: WebAssembly memory never shrinks. */
const maxKeptBytes = 64 * 2 ** 20;

const { guest, control } = workerData as WorkerData;
const slots = new Int32Array(control);
const signals: GuestSignals = {
  noteCall: (id) => Atomics.store(slots, controlSlots.noted, id),
  tellCalls: (part) => {
    post({ type: "calls", part });
  },
  isCancelled: () => Atomics.load(slots, controlSlots.cancel) !== 0,
};

let interpreter: Promise<QuickJSWASMModule> | undefined;
let ready = prepare();
announce();

async function prepare(): Promise<GuestContext> {
  interpreter ??= newQuickJSWASMModuleFromVariant(quickJsVariant.default);
  return new GuestContext(await interpreter, guest, signals);
}

async function serve(request: RunRequest): Promise<void> {
  const context = await ready;
  let outcome: RunOutcome;
  let isSound = false;
  try {
    outcome = context.run(request);
    isSound = true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    outcome = { kind: "failure", failure: { name: "InternalError", message, stack: "" }, logs: [] };
  }
  post({ type: "outcome", outcome }, outcome.kind === "bytes" ? [outcome.bytes.buffer] : []);
  await cleanUp(context, isSound);
  ready = prepare();
  announce();
}

/** Without a context the worker is of no use: a failure to make one ends it. */
function announce(): void {
  void ready.then(() => {
    post({ type: "ready" });
  });
}

/** After the interpreter itself has given up, nothing in its memory can be trusted any more: it is dropped. */
async function cleanUp(context: GuestContext, isSound: boolean): Promise<void> {
  const memory = (await interpreter)?.getWasmMemory() as { readonly buffer: ArrayBuffer } | undefined;
  const size = memory?.buffer.byteLength ?? 0;
  if (isSound && size <= maxKeptBytes) {
    try {
      context.dispose();
      return;
    } catch {
      // It was not as sound as it looked.
    }
  }
  interpreter = undefined;
}

function post(message: WorkerMessage, transferred: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}

parentPort?.on("message", (request: RunRequest) => {
  void serve(request);
});
