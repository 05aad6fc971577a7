/** The folders of runs and sweeps: what is in them, and which one a task has made. */
import { TextDecoder } from "node:util";
import path from "node:path";
import * as vscode from "vscode";
import type { RunningTask } from "./runner.js";

/** A run as far as its `run.json` and `report.json` tell. */
export interface Run {
  readonly folder: vscode.Uri;
  readonly modelName: string;
  /** Absolute path of the model file. */
  readonly modelFile: string;
  /** `done`, `missed`, `interrupted`, `diverged`, `failed`; absent where the run was ended before it could say. */
  readonly status: string | undefined;
  /** When it was begun, in milliseconds since 1970. */
  readonly begun: number;
}

const maxRuns = 500;

/** Where a sweep keeps the stages of its rows by content: trainings, but none that someone has begun. */
const notRuns = "**/{node_modules,store/[0-9a-f][0-9a-f]}/**";

/** All runs in the workspace, the newest first. */
export async function findRuns(): Promise<Run[]> {
  const manifests = await vscode.workspace.findFiles("**/run.json", notRuns, maxRuns);
  return newestFirst(await Promise.all(manifests.map((file) => readRun(vscode.Uri.joinPath(file, "..")))));
}

/** The run that a URI is about: its folder, or its model file, of which the newest run counts. */
export async function runAbout(uri: vscode.Uri | undefined): Promise<string | undefined> {
  if (uri === undefined) return undefined;
  const runs = await findRuns();
  const run = runs.find(({ folder }) => folder.toString() === uri.toString());
  return (run ?? runs.find(({ modelFile }) => modelFile === uri.fsPath))?.folder.toString();
}

/** True when `--resume` can go on with it. */
export function canResume({ status }: Run): boolean {
  return status === undefined || status === "interrupted" || status === "failed";
}

/** The run that a task made or went on with; undefined when it ended before it began one. */
export async function runOfTask(task: RunningTask): Promise<Run | undefined> {
  const { definition, cwd, started } = task;
  const named = definition.resume ?? definition.out;
  if (named !== undefined) return readRun(vscode.Uri.file(path.resolve(cwd, named)));
  const runs = await Promise.all((await foldersIn(path.join(cwd, "runs"))).map(readRun));
  const model = definition.model === undefined ? undefined : path.resolve(cwd, definition.model);
  return newestFirst(runs).find((run) => run.begun >= started && (model === undefined || run.modelFile === model));
}

/** The folder of the sweep that a task began or went on with; undefined when it ended before it began one. */
export async function sweepOfTask({ definition, cwd, started }: RunningTask): Promise<vscode.Uri | undefined> {
  const named = [definition.out, definition.model].flatMap((name) =>
    name === undefined ? [] : path.resolve(cwd, name),
  );
  for (const folder of named) {
    const sweep = await readSweep(vscode.Uri.file(folder));
    if (sweep !== undefined) return sweep.folder;
  }
  const sweeps = await Promise.all((await foldersIn(path.join(cwd, "sweeps"))).map(readSweep));
  return newestFirst(sweeps).find(
    ({ begun, rowsFrom }) => begun >= started && rowsFrom.some((file) => named.includes(file)),
  )?.folder;
}

async function foldersIn(folder: string): Promise<vscode.Uri[]> {
  const parent = vscode.Uri.file(folder);
  const entries = await vscode.workspace.fs.readDirectory(parent).then(
    (found) => found,
    () => [],
  );
  return entries.map(([name]) => vscode.Uri.joinPath(parent, name));
}

/** The trained weights of a run: the checkpoint that it ended with. */
export function weightsOf(run: Run): vscode.Uri {
  return vscode.Uri.joinPath(run.folder, "last.safetensors");
}

async function readRun(folder: vscode.Uri): Promise<Run | undefined> {
  const file = vscode.Uri.joinPath(folder, "run.json");
  const manifest = await readJson(file);
  const model = asRecord(manifest?.model);
  if (typeof model.file !== "string" || typeof model.name !== "string") return undefined;
  const report = await readJson(vscode.Uri.joinPath(folder, "report.json"));
  const { ctime } = await vscode.workspace.fs.stat(file);
  const status = typeof report?.status === "string" ? report.status : undefined;
  return { folder, modelName: model.name, modelFile: model.file, status, begun: ctime };
}

/** A sweep as far as its `sweep.json` tells. */
interface Sweep {
  readonly folder: vscode.Uri;
  /** Absolute paths of its model file and its table. */
  readonly rowsFrom: readonly string[];
  /** When it was begun, in milliseconds since 1970. */
  readonly begun: number;
}

async function readSweep(folder: vscode.Uri): Promise<Sweep | undefined> {
  const file = vscode.Uri.joinPath(folder, "sweep.json");
  const manifest = await readJson(file);
  if (manifest === undefined) return undefined;
  const { ctime } = await vscode.workspace.fs.stat(file);
  const files = [asRecord(manifest.model).file, asRecord(manifest.table).file];
  return { folder, rowsFrom: files.filter((each) => typeof each === "string"), begun: ctime };
}

async function readJson(file: vscode.Uri): Promise<Record<string, unknown> | undefined> {
  try {
    return asRecord(JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file))));
  } catch {
    // Not there, or being written just now.
    return undefined;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function newestFirst<T extends { readonly begun: number }>(found: readonly (T | undefined)[]): T[] {
  return found.filter((each) => each !== undefined).sort((a, b) => b.begun - a.begun);
}
