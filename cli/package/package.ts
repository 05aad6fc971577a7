/** `quantlens package`: a submission to the challenge as a zip, after its criteria have been checked. */
import path from "node:path";
import { analyzeEvaluation, defaultAnalysisOptions } from "../../shared/analysis/analyze.js";
import { computeCost } from "../../shared/cost/cost.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { CliError, exitCodes } from "../errors.js";
import { interruptible } from "../evaluate/interrupt.js";
import { isIdentifier } from "../export/brevitas/python.js";
import { existingFile, inputKind } from "../input/files.js";
import { evaluateFile } from "../input/load.js";
import { endRunner } from "../input/host.js";
import { checkPlaces, writeFileAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeMessage, writeResult } from "../output/streams.js";
import { accuracyReport } from "./accuracy-report.js";
import { archiveBytes, type ArchiveFiles } from "./archive.js";
import { judge, type Criterion, type Submission } from "./criteria.js";
import { dockerfile, evaluateScript, pythonFolder } from "./environment.js";
import { evaluationRecord, type EvaluationRecord } from "./evaluation-document.js";
import { formText } from "./form.js";
import type { PackageOptions } from "./options.js";
import { readmeText } from "./readme.js";
import { packagedSources, type Sources } from "./sources.js";
import { writeModel, type WrittenModel } from "./written-model.js";

/** All that the zip is made of. */
interface Parts {
  readonly submission: Submission;
  readonly criteria: readonly Criterion[];
  readonly moduleName: string;
  readonly written: WrittenModel;
  readonly sources: Sources;
  readonly record: EvaluationRecord;
}

/** Checks, prints what was found, and writes the zip; gives the exit code: 1 when a criterion is not met. */
export function packageSubmission(file: string, options: PackageOptions, version: string): Promise<number> {
  return interruptible(async (signal) => {
    if (inputKind(file) === "onnx") throw new CliError(`${file} is an ONNX file: name the model file (.ts) it is of.`);
    if (options.evaluation !== undefined && options.data !== undefined)
      throw new CliError("--evaluation is of data already: leave --data out, or --evaluation to measure the accuracy.");
    const moduleName = moduleNameOf(file);
    const output = options.output ?? path.join(path.dirname(file), `${moduleName}-submission.zip`);
    checkOutput(output, options.force);
    const parts = await gather(file, options, moduleName, version, signal);
    signal.throwIfAborted();
    const failed = parts.criteria.filter(({ verdict }) => verdict === "failed");
    writeResult(
      inPrintingOrder(parts.criteria)
        .map(({ verdict, name, sentence }) => `${verdict.padEnd(6)}  ${name}: ${sentence}`)
        .join("\n"),
    );
    if (failed.length > 0 && !options.force) {
      writeMessage(
        `${failed.length} of the criteria failed, so nothing is written; --force writes a zip that says so.`,
      );
      return exitCodes.findings;
    }
    const place = failed.length > 0 ? output.replace(/\.zip$/i, ".not-valid.zip") : output;
    writeFileAtomic(place, archiveBytes(filesOf(parts, options, version)));
    writeMessage(`${shownPath(path.resolve(place))}: ${summary(parts.criteria, failed)}.`);
    return failed.length > 0 ? exitCodes.findings : exitCodes.clean;
  });
}

/** What failed comes last: a terminal shows the end. */
function inPrintingOrder(criteria: readonly Criterion[]): readonly Criterion[] {
  const order = ["met", "open", "failed"];
  return criteria.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
}

function summary(criteria: readonly Criterion[], failed: readonly Criterion[]): string {
  if (failed.length > 0) return `not valid, since ${failed.length} of the criteria failed`;
  const open = criteria.filter(({ verdict }) => verdict === "open");
  return `all criteria that can be checked are met; ${open.length} are open for you (listed above and in its README.md)`;
}

function checkOutput(output: string, force: boolean): void {
  if (!output.toLowerCase().endsWith(".zip"))
    throw new CliError(`${output} cannot be the submission: its name must end with .zip.`);
  checkPlaces([output], { force });
}

/** What Python can import, from the model file's name. */
function moduleNameOf(file: string): string {
  const name = path
    .basename(file)
    .replace(/(?:\.model)?\.[^.]+$/, "")
    .replace(/\W/g, "_");
  return isIdentifier(name) ? name : `net_${name.replace(/\W/g, "_")}`;
}

async function gather(
  file: string,
  options: PackageOptions,
  moduleName: string,
  version: string,
  signal: AbortSignal,
): Promise<Parts> {
  const evaluation = await evaluateFile(existingFile(file), options);
  const written = await writeModel(file, options, moduleName, version);
  await endRunner(options.run);
  const { program, definition } = evaluation;
  const graph = readOnnx(written.onnx).value;
  if (program === undefined || definition === undefined || graph === undefined)
    throw new CliError(`${file} has changed while it was packaged: run the command again.`);
  const record = await evaluationRecord(file, options, signal);
  const { repository } = options;
  const submission: Submission = {
    name: definition.name,
    analysis: analyzeEvaluation(evaluation, defaultAnalysisOptions),
    graph,
    cost: computeCost(graph, { flavor: "finn-base", discountSparsity: true }),
    evaluation: record.document,
    ...(written.brevitasProblem !== undefined && { brevitasProblem: written.brevitasProblem }),
    ...(repository !== undefined && { repository }),
  };
  return { submission, criteria: judge(submission), moduleName, written, sources: packagedSources(program), record };
}

function filesOf(
  { submission, criteria, moduleName, written, sources, record }: Parts,
  options: PackageOptions,
  version: string,
): ArchiveFiles {
  const { name, cost, evaluation } = submission;
  const { brevitas } = written;
  const { repository, comments, param = {} } = options;
  const onnx = `${moduleName}.onnx`;
  const python = `${pythonFolder}/${moduleName}`;
  const form = formText({
    ...{ name, accuracy: evaluation.accuracy, cost, onnx, criteria },
    ...(brevitas && { checkpoint: `${python}.pth` }),
    ...(repository !== undefined && { repository }),
    ...(comments !== undefined && { comments }),
  });
  const readme = readmeText({
    ...{ name, version, criteria, moduleName, hasBrevitas: brevitas !== undefined, entry: sources.entry, onnx },
    parameters: param,
  });
  return new Map<string, string | Uint8Array>([
    ["submission_form.txt", form],
    ["README.md", readme],
    ["cost.json", written.costJson],
    ["accuracy.md", accuracyReport(evaluation)],
    ["evaluation.json", record.text],
    [onnx, written.onnx],
    ...(brevitas
      ? ([
          ["Dockerfile", dockerfile(moduleName)],
          [`${python}.py`, brevitas.source],
          [`${python}.pth`, brevitas.state],
          [`${python}_export.py`, brevitas.script],
          [`${python}_evaluate.py`, evaluateScript(moduleName)],
        ] as const)
      : []),
    ...sources.files,
  ]);
}
