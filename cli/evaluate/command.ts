/** `quantlens evaluate`: how well a trained network recognises the test part of a data set. */
import path from "node:path";
import type { Dataset } from "../data/dataset.js";
import { CliError, exitCodes } from "../errors.js";
import { inspectTrained } from "../inspect/command.js";
import { shownPath } from "../output/paths.js";
import { startProgress } from "../output/progress.js";
import { resultColors, writeResult } from "../output/streams.js";
import { evaluationReport } from "../report/report.js";
import { writeHtml } from "../report/write-html.js";
import type { Session } from "../train/backend.js";
import { measureNetwork } from "../train/run/measure.js";
import type { EvaluatedModel, GoalVerdict } from "./evaluated-model.js";
import { evaluateSession, type EvaluateOptions } from "./evaluate.js";
import type { Evaluation } from "./evaluation.js";
import { evaluationJson } from "./evaluation-json.js";
import { evaluationTable } from "./evaluation-table.js";
import { framesDigest } from "./frames-digest.js";
import { compareArithmetic } from "./integer/compare.js";
import { interruptible } from "./interrupt.js";
import { verdict } from "./metrics.js";
import type { EvaluateCommandOptions } from "./options.js";
import { loadTrainedModel, openTestData, openTrainedSession, type TrainedModel } from "./trained-model.js";

/** Large enough that threads have work, small enough for the memory of any machine. */
const batchSize = 256;

/** In integers the activations of a batch are kept as well. */
const integerBatchSize = 32;

/** The set that the challenge's goal is about. */
const challengeData = "RadioML 2018.01A";

/** Evaluates and prints; gives the exit code: 1 when `--goal` is missed. */
export function evaluate(file: string, options: EvaluateCommandOptions): Promise<number> {
  return interruptible(async (signal) => {
    const trained = await loadTrainedModel(file, options);
    const goal = goalOf(trained, options);
    const dataset = await openTestData(trained, options.data);
    try {
      const evaluated = await evaluateOn(trained, dataset, goal, options, signal);
      show(evaluated, options);
      return options.goal !== undefined && evaluated.verdict?.met === false ? exitCodes.findings : exitCodes.clean;
    } finally {
      await dataset.close();
    }
  });
}

function show(evaluated: EvaluatedModel, { format, details, html }: EvaluateCommandOptions): void {
  // An evaluation can take hours: a report that cannot be written must not take its numbers with it.
  writeResult(
    format === "json"
      ? JSON.stringify(evaluationJson(evaluated), undefined, 2)
      : evaluationTable(evaluated, details, resultColors()),
  );
  if (html !== undefined) writeHtml(html, evaluationReport(evaluated));
}

export interface Goal {
  readonly accuracy: number;
  readonly from: string;
}

/** `--goal` with a number, else the challenge's. Throws a `CliError` when one is asked for that is not there. */
export function goalOf({ model }: TrainedModel, { goal }: EvaluateCommandOptions): Goal | undefined {
  const { name, challenge } = model.definition;
  if (typeof goal === "number") return { accuracy: goal, from: "--goal" };
  if (challenge?.minAccuracy !== undefined) return { accuracy: challenge.minAccuracy, from: challenge.name };
  if (goal === undefined) return undefined;
  throw new CliError(
    `${name} has no challenge with an accuracy: give --goal a number such as 0.56, or the model challenge: itu2021().`,
  );
}

/** Runs a trained network on the test part of its data; with a report to write, its layers are looked at as well. */
export async function evaluateOn(
  trained: TrainedModel,
  dataset: Dataset,
  goal: Goal | undefined,
  options: EvaluateCommandOptions,
  signal: AbortSignal,
): Promise<EvaluatedModel> {
  const { integer, threads, limitFrames, topK, weights, flavor, html } = options;
  const { model, backend } = trained;
  const size = integer ? integerBatchSize : batchSize;
  const session = await openTrainedSession(trained, { batchSize: size, threads });
  try {
    const settings = { batchSize: size, classes: model.classes, signal, ...(limitFrames && { limit: limitFrames }) };
    const result = await withProgress(dataset, settings, integer, session);
    const price = measureNetwork(model, session).cost[flavor];
    const inspection =
      html === undefined
        ? undefined
        : await inspectTrained(trained, session, dataset, { ...(threads && { threads }) }, signal);
    return {
      file: shownPath(model.file),
      model: model.definition.name,
      weights: shownPath(path.resolve(weights)),
      data: { name: dataset.name, testSize: dataset.test.size, testSha256: framesDigest(dataset.test.indices) },
      backend: backend.name,
      classes: dataset.classes,
      topK,
      cost: { ...price, baseline: model.baseline.name, flavor },
      ...result,
      ...(goal && { verdict: judge(result.evaluation, goal, dataset) }),
      ...(inspection && { inspection }),
    };
  } finally {
    await session.close();
  }
}

async function withProgress(
  { test }: Dataset,
  settings: EvaluateOptions,
  integer: boolean,
  session: Session,
): Promise<Pick<EvaluatedModel, "evaluation" | "integer">> {
  const total = Math.min(test.size, settings.limit ?? test.size);
  const progress = startProgress("evaluating", total, "samples");
  const options = { ...settings, onProgress: progress.update };
  try {
    if (!integer) return { evaluation: await evaluateSession(session, test, options) };
    const comparison = await compareArithmetic(session, test, options);
    return { evaluation: comparison.float, integer: comparison };
  } finally {
    progress.end();
  }
}

/** The verdict; where it is the challenge's, what it is worth on these samples. */
function judge(evaluation: Evaluation, { accuracy, from }: Goal, { name, test }: Dataset): GoalVerdict {
  const result = verdict(evaluation, accuracy);
  const official = from !== "itu2021" || (name === challengeData && result.samples === test.size);
  return {
    ...result,
    from,
    ...(!official && { remark: `the challenge judges by all test samples of ${challengeData}` }),
  };
}
