/** The end of a row: its last network is evaluated and exported, and everything about the row comes into its folder. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { evaluateOn, goalOf } from "../../evaluate/command.js";
import { evaluationJson } from "../../evaluate/evaluation-json.js";
import type { EvaluateCommandOptions } from "../../evaluate/options.js";
import { loadTrainedModel, openTestData } from "../../evaluate/trained-model.js";
import { writeExport } from "../../export/export.js";
import { linkOrCopy, makeFolder, writeFileAtomic } from "../../output/atomic-file.js";
import { evaluationReport } from "../../report/report.js";
import { isNumber, isShaped, isText, parseJson } from "../../train/checkpoint/guards.js";
import { runFiles } from "../../train/run/folder.js";
import { rowFiles, stageFolder } from "../folder/files.js";
import type { Measured } from "../rows.js";
import type { FinishJob, JobOutcome } from "./job.js";
import type { JobContext } from "./run-job.js";
import { measureOf, readStage, type StageResult } from "./run-stage.js";

/** Fills a row's folder, whose lock is held. Throws a `CliError`. */
export async function finishRow(job: FinishJob, folder: string, context: JobContext): Promise<JobOutcome> {
  const known = readResult(folder);
  if (known !== undefined) return { kind: "done", seconds: 0, result: known };
  const started = performance.now();
  const { model, settings } = context.manifest;
  const stages = job.stages.map((key) => ({
    place: stageFolder(settings.store, key),
    result: stageAt(settings.store, key),
  }));
  const last = stages.at(-1);
  if (last === undefined) throw new Error("a row without stages cannot end");
  for (const { place } of stages) linkFiles(path.join(place, "stages"), path.join(folder, "stages"));
  linkOrCopy(path.join(last.place, last.result.record.files.last), path.join(folder, rowFiles.weights));
  const texts = stages.map(({ place }) => readFileSync(path.join(place, runFiles.events), "utf8"));
  writeFileAtomic(path.join(folder, rowFiles.events), joinedEvents(texts));
  writeFileAtomic(
    path.join(folder, rowFiles.row),
    documentOf({ row: job.row, model, param: job.param, settings, stages: job.stages }),
  );
  const weights = path.join(folder, rowFiles.weights);
  const how = { run: settings.run, param: job.param, weights };
  await writeExport(
    model.file,
    { ...how, output: path.join(folder, rowFiles.onnx), format: "qonnx", force: true },
    context.version,
  );
  await evaluateInto(folder, how, context);
  const result = measureOf(last.result.record, settings.flavor);
  const seconds = stages.reduce((sum, { result: { seconds: own } }) => sum + own, 0);
  const measured = stages.map(({ result: { record } }) => record);
  writeFileAtomic(path.join(folder, rowFiles.result), documentOf({ schema: 1, ...result, seconds, stages: measured }));
  return { kind: "done", seconds: (performance.now() - started) / 1000, result };
}

function documentOf(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function stageAt(store: string, key: string): StageResult {
  const result = readStage(stageFolder(store, key));
  if (result === undefined) throw new Error(`the stage ${key} is not over`);
  return result;
}

/** Second names for all files below a folder. */
function linkFiles(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".safetensors")) continue;
    const target = path.join(to, path.relative(from, entry.parentPath), entry.name);
    makeFolder(path.dirname(target));
    linkOrCopy(path.join(entry.parentPath, entry.name), target);
  }
}

/** The events of a row as if its stages had been one run: the first line of the last, which knows all stages. */
function joinedEvents(texts: readonly string[]): string {
  const lines = texts.map((text) => text.split("\n").filter((line) => line !== ""));
  const isOf = (line: string, names: readonly string[]): boolean => {
    const event = parseJson(line, isShaped<{ readonly event: string }>({ event: isText }))?.event;
    return event === undefined || names.includes(event);
  };
  const run = lines.at(-1)?.find((line) => isOf(line, ["run"])) ?? "";
  const between = lines.flatMap((own) => own.filter((line) => !isOf(line, ["run", "resume", "end"])));
  const end = lines.at(-1)?.findLast((line) => isOf(line, ["end"])) ?? "";
  return [run, ...between, end].map((line) => `${line}\n`).join("");
}

/** `evaluation.json` and `report.html`, as `quantlens evaluate` makes them. */
async function evaluateInto(
  folder: string,
  how: Pick<EvaluateCommandOptions, "run" | "param" | "weights">,
  { manifest, threads, signal }: JobContext,
): Promise<void> {
  const { backend, flavor, data, limitFrames } = manifest.settings;
  const options: EvaluateCommandOptions = {
    ...how,
    backend,
    threads,
    flavor,
    format: "json",
    integer: false,
    topK: [1, 3, 5],
    details: false,
    html: path.join(folder, rowFiles.report),
    ...(data !== undefined && { data }),
  };
  const trained = await loadTrainedModel(manifest.model.file, options);
  const dataset = await openTestData(trained, data, limitFrames);
  try {
    const evaluated = await evaluateOn(trained, dataset, goalOf(trained, options), options, signal);
    writeFileAtomic(path.join(folder, rowFiles.evaluation), documentOf(evaluationJson(evaluated)));
    writeFileAtomic(path.join(folder, rowFiles.report), evaluationReport(evaluated));
  } finally {
    await dataset.close();
  }
}

/** The result in a row's folder; `undefined` when the row is not over. */
function readResult(folder: string): Measured | undefined {
  const file = path.join(folder, rowFiles.result);
  const found = existsSync(file) ? parseJson(readFileSync(file, "utf8"), isMeasured) : undefined;
  if (found === undefined) return undefined;
  const { accuracy, score, bops, memWBits, density } = found;
  return { accuracy, score, bops, memWBits, density };
}

const isMeasured = isShaped<Measured>({
  accuracy: isNumber,
  score: isNumber,
  bops: isNumber,
  memWBits: isNumber,
  density: isNumber,
});
