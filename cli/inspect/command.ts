/** `quantlens inspect`: what quantisation does to the layers of a trained network. */
import path from "node:path";
import type { Dataset } from "../data/dataset.js";
import { exitCodes } from "../errors.js";
import { interruptible } from "../evaluate/interrupt.js";
import type { InspectCommandOptions, TrainedOptions } from "../evaluate/options.js";
import { loadTrainedModel, openTestData, openTrainedSession, type TrainedModel } from "../evaluate/trained-model.js";
import { shownPath } from "../output/paths.js";
import { startProgress } from "../output/progress.js";
import { resultColors, writeResult } from "../output/streams.js";
import { inspectionReport } from "../report/report.js";
import { writeHtml } from "../report/write-html.js";
import type { Session } from "../train/backend.js";
import { inspectionJson } from "./inspection-json.js";
import { inspectionTable } from "./inspection-table.js";
import { inspectNetwork, type Inspection } from "./inspect.js";

/** The activations of a batch are in memory. */
const batchSize = 32;

/** Samples that give every code of an 8-bit quantiser a fair chance, in seconds. */
const defaultSamples = 256;

/** Inspects and prints; gives the exit code. */
export function inspect(file: string, options: InspectCommandOptions): Promise<number> {
  return interruptible(async (signal) => {
    const trained = await loadTrainedModel(file, options);
    const dataset = options.data === false ? undefined : await openTestData(trained, options.data);
    try {
      const session = await openTrainedSession(trained, { batchSize, threads: options.threads });
      try {
        show(await inspectTrained(trained, session, dataset, options, signal), trained, dataset, options);
        return exitCodes.clean;
      } finally {
        await session.close();
      }
    } finally {
      await dataset?.close();
    }
  });
}

/** Inspects the network in a session; with a data set its activations as well. */
export async function inspectTrained(
  trained: TrainedModel,
  session: Session,
  dataset: Dataset | undefined,
  { limitFrames = defaultSamples, threads }: Pick<TrainedOptions, "limitFrames" | "threads">,
  signal: AbortSignal,
): Promise<Inspection> {
  const layers = trained.model.graph.layers.map(({ name }) => name);
  if (dataset === undefined) return inspectNetwork(session, { layers });
  const { test: subset } = dataset;
  const limit = Math.min(limitFrames, subset.size);
  const progress = startProgress("inspecting", limit, "samples");
  const unrounded = await openTrainedSession(trained, { batchSize, threads, rounding: false });
  try {
    const onProgress = (done: number): void => {
      signal.throwIfAborted();
      progress.update(done);
    };
    return await inspectNetwork(session, { layers, data: { subset, limit, batchSize, unrounded, onProgress } });
  } finally {
    progress.end();
    await unrounded.close();
  }
}

function show(
  inspection: Inspection,
  { model }: TrainedModel,
  dataset: Dataset | undefined,
  { weights, format, html }: InspectCommandOptions,
): void {
  const { name } = model.definition;
  const file = shownPath(model.file);
  const source = `weights of ${shownPath(path.resolve(weights))}${dataset ? `, test part of ${dataset.name}` : ""}`;
  if (format === "json") {
    const data = dataset ? { name: dataset.name, testSize: dataset.test.size } : null;
    const document = {
      file,
      model: name,
      weights: shownPath(path.resolve(weights)),
      data,
      ...inspectionJson(inspection),
    };
    writeResult(JSON.stringify(document, undefined, 2));
  } else {
    const colors = resultColors();
    const lead = `${colors.bold(name)}  ${file}\n${colors.dim(source)}\n\n`;
    writeResult(lead + inspectionTable(inspection, colors));
  }
  if (html !== undefined) writeHtml(html, inspectionReport(name, `${file} with the ${source}`, inspection));
}
