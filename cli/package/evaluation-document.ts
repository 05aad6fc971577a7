/** The accuracy of a submission: a document of `quantlens evaluate --format json`, read or made. */
import path from "node:path";
import { CliError } from "../errors.js";
import { evaluateOn } from "../evaluate/command.js";
import { evaluationJson } from "../evaluate/evaluation-json.js";
import type { EvaluateCommandOptions } from "../evaluate/options.js";
import { loadTrainedModel, openTestData } from "../evaluate/trained-model.js";
import { readInput } from "../input/files.js";
import {
  isAbsentOr,
  isCount,
  isList,
  isNumber,
  isShaped,
  isText,
  parseJson,
  type Guard,
} from "../train/checkpoint/guards.js";
import type { PackageOptions } from "./options.js";

/** Counts of samples; the share is computed from them. */
export interface Tally {
  readonly correct: number;
  readonly samples: number;
}

/** What a submission needs of the document. */
export interface EvaluationDocument {
  readonly model: string;
  readonly data: {
    readonly name: string;
    readonly testSize: number;
    /** Which frames were the test, see `framesDigest`. Absent in documents of other versions. */
    readonly testSha256?: string;
  };
  readonly accuracy: Tally;
  readonly cost: { readonly bops: number; readonly memWBits: number; readonly flavor: string };
  readonly bySnr: readonly (Tally & { readonly snr: number })[];
  readonly byClass: readonly (Tally & { readonly class: string })[];
}

const tally = { correct: isCount, samples: isCount };

const isDocument: Guard<EvaluationDocument> = isShaped<EvaluationDocument>({
  model: isText,
  data: isShaped<EvaluationDocument["data"]>({ name: isText, testSize: isCount, testSha256: isAbsentOr(isText) }),
  accuracy: isShaped<Tally>(tally),
  cost: isShaped<EvaluationDocument["cost"]>({ bops: isNumber, memWBits: isNumber, flavor: isText }),
  bySnr: isList(isShaped<EvaluationDocument["bySnr"][number]>({ ...tally, snr: isNumber })),
  byClass: isList(isShaped<EvaluationDocument["byClass"][number]>({ ...tally, class: isText })),
});

/** A document with every breakdown of RadioML has some 100 kB. */
const maxDocumentBytes = 64 * 1024 * 1024;

/** Both forms of one document: what is checked, and what goes into the zip. */
export interface EvaluationRecord {
  readonly document: EvaluationDocument;
  /** JSON without paths of this machine. */
  readonly text: string;
}

/** Reads the document, or runs the model on its data. Throws a `CliError` for a file that is something else. */
export async function evaluationRecord(
  file: string,
  options: PackageOptions,
  signal: AbortSignal,
): Promise<EvaluationRecord> {
  const { evaluation } = options;
  if (evaluation === undefined) return recordOf(JSON.stringify(await evaluated(file, options, signal)), "evaluation");
  return recordOf(new TextDecoder().decode(readInput(evaluation, maxDocumentBytes)), evaluation);
}

function recordOf(text: string, source: string): EvaluationRecord {
  const document = parseJson(text, isDocument);
  if (document === undefined) {
    throw new CliError(
      `${source} is no evaluation of a model: write one with quantlens evaluate FILE --weights W --format json > evaluation.json.`,
    );
  }
  const members = document as EvaluationDocument & Record<"file" | "weights", unknown>;
  const portable = { ...members, file: baseName(members.file), weights: baseName(members.weights) };
  return { document, text: `${JSON.stringify(portable, undefined, 2)}\n` };
}

/** The last part of a path of any system. */
function baseName(file: unknown): string | null {
  return typeof file === "string" ? path.win32.basename(file) : null;
}

async function evaluated(
  file: string,
  { run, param, weights, data, backend, threads }: PackageOptions,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const options: EvaluateCommandOptions = {
    ...{ run, weights, backend, flavor: "finn-base", format: "json", integer: false, topK: [1, 3, 5], details: false },
    ...(param && { param }),
    ...(data !== undefined && { data }),
    ...(threads !== undefined && { threads }),
  };
  const trained = await loadTrainedModel(file, options);
  const dataset = await openTestData(trained, data);
  try {
    return evaluationJson(await evaluateOn(trained, dataset, undefined, options, signal));
  } finally {
    await dataset.close();
  }
}
