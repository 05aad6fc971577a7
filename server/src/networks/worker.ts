/** The thread that works on whole networks: does one job, answers, and ends, so that nothing of a large file stays. */
import { parentPort, workerData } from "node:worker_threads";
import { drawDiagram } from "../../../shared/diagram/draw.js";
import type { JobAnswers, NetworkJob } from "./jobs.js";
import { readNetwork } from "./read-network.js";

function work(job: NetworkJob): JobAnswers[NetworkJob["kind"]] {
  return job.kind === "read" ? readNetwork(job) : { svg: drawDiagram(job.diagram, { styled: false }).svg };
}

parentPort?.postMessage(work(workerData as NetworkJob));
