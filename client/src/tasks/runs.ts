/** The folders of runs: what is in them, and which one a task has made. */
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
  const parent = vscode.Uri.file(path.join(cwd, "runs"));
  const entries = await vscode.workspace.fs.readDirectory(parent).then(
    (found) => found,
    () => [],
  );
  const runs = await Promise.all(entries.map(([name]) => readRun(vscode.Uri.joinPath(parent, name))));
  const model = definition.model === undefined ? undefined : path.resolve(cwd, definition.model);
  return newestFirst(runs).find((run) => run.begun >= started && (model === undefined || run.modelFile === model));
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

function newestFirst(runs: readonly (Run | undefined)[]): Run[] {
  return runs.filter((run) => run !== undefined).sort((a, b) => b.begun - a.begun);
}
