/** The entry of a worker thread. */
import { parentPort, workerData } from "node:worker_threads";
import { AbortedError } from "./barrier.js";
import type { FromWorker, ToWorker } from "./protocol.js";
import { Thread, type ThreadStart } from "./thread.js";

const thread = new Thread(workerData as ThreadStart);

function post(message: FromWorker): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", (message: ToWorker) => {
  try {
    if (message.type === "install") {
      thread.install(message.plan);
    } else {
      thread.run(message.run);
      post({ type: "done" });
    }
  } catch (error) {
    post({
      type: "failed",
      message: error instanceof Error ? error.message : String(error),
      isAborted: error instanceof AbortedError,
    });
  }
});
post({ type: "ready" });
