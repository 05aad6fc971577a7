/** The task type `quantlens`: what a task may say, and the command line that it stands for. */
import type { ParameterValue } from "../../../shared/messages.js";

/** What `command` may be: a command of the terminal program. */
export const taskCommands = [
  "train",
  "prune",
  "finetune",
  "evaluate",
  "export",
  "package",
  "check",
  "cost",
  "diff",
  "sweep",
  "search",
  "generate",
] as const;

export type TaskCommand = (typeof taskCommands)[number];

/** A task as `tasks.json` has it; paths are relative to the workspace folder or absolute. */
export interface QuantLensTask {
  readonly type: "quantlens";
  readonly command: TaskCommand;
  /** The model file; for `sweep` it may be the folder of a sweep that is to go on. */
  readonly model?: string;
  /** Values of the model's parameters. */
  readonly params?: Readonly<Record<string, ParameterValue>>;
  readonly weights?: string;
  readonly from?: string;
  readonly data?: string;
  /** For `package`: the document of an evaluation. */
  readonly evaluation?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly format?: string;
  readonly backend?: string;
  readonly profile?: string;
  readonly stage?: number;
  readonly epochs?: number;
  readonly limitFrames?: number;
  readonly framesPerClassAndSnr?: number;
  readonly seed?: number;
  /** Anything else that the command takes, as it would be typed. */
  readonly args?: readonly string[];
}

type Option = Exclude<keyof QuantLensTask, "type" | "command" | "model" | "params" | "args">;

const training = ["data", "out", "from", "resume", "epochs", "limitFrames", "backend", "seed"] as const;

/** The options that each command takes. */
export const taskOptions: Readonly<Record<TaskCommand, readonly Option[]>> = {
  train: training,
  prune: [...training, "stage"],
  finetune: [...training, "stage"],
  evaluate: ["weights", "data", "limitFrames", "backend", "format"],
  export: ["weights", "out", "format"],
  package: ["weights", "evaluation", "data", "out", "backend"],
  check: ["weights", "profile", "format"],
  cost: ["weights", "format"],
  diff: ["weights", "format"],
  sweep: ["data", "out", "epochs", "limitFrames", "backend", "seed"],
  search: ["weights", "data", "out", "resume", "epochs", "limitFrames", "backend", "seed"],
  generate: ["out", "framesPerClassAndSnr", "seed", "format"],
};

const numbers: ReadonlySet<string> = new Set<Option>([
  "stage",
  "epochs",
  "limitFrames",
  "framesPerClassAndSnr",
  "seed",
]);

/** Commands that make a run: a folder with checkpoints, from which they can go on. */
export function makesRun({ command }: QuantLensTask): boolean {
  return command === "train" || command === "prune" || command === "finetune";
}

/** The task that `value` says, or one sentence about what is wrong with it. */
export function parseTask(value: Readonly<Record<string, unknown>>): QuantLensTask | string {
  const command = taskCommands.find((name) => name === value.command);
  if (command === undefined) {
    return `A task of the type quantlens needs "command" to be one of ${taskCommands.join(", ")}, but found ${shown(value.command)}.`;
  }
  for (const [name, given] of Object.entries(value)) {
    const problem = propertyProblem(command, name, given);
    if (problem !== undefined) return problem;
  }
  if (command === "generate") {
    if (value.out === undefined) return 'The task "generate" needs "out": the file to write.';
  } else if (value.model === undefined && value.resume === undefined) {
    return `The task "${command}" needs "model": the path of a model file.`;
  }
  return value as unknown as QuantLensTask;
}

function propertyProblem(command: TaskCommand, name: string, given: unknown): string | undefined {
  if (name === "type" || name === "command" || given === undefined) return undefined;
  if (name === "args") {
    return isTextList(given) ? undefined : `"args" of the task "${command}" must be a list of texts.`;
  }
  const ofModels = command === "generate" ? [] : ["model", "params"];
  if (name === "params" && ofModels.includes(name)) {
    const isRecord = typeof given === "object" && given !== null && !Array.isArray(given);
    return isRecord ? undefined : `"params" of the task "${command}" must be an object of values by name.`;
  }
  const options: readonly string[] = [...taskOptions[command], ...ofModels];
  if (!options.includes(name)) {
    const all = [...options, "args"].join(", ");
    return `The task "${command}" has no "${name}": it takes ${all}.`;
  }
  const expected = numbers.has(name) ? "number" : "string";
  if (typeof given === expected) return undefined;
  return `"${name}" of the task "${command}" must be a ${expected === "number" ? "number" : "text"}, but found ${shown(given)}.`;
}

/** The arguments of the terminal program. */
export function taskArguments(task: QuantLensTask): string[] {
  const { command, model } = task;
  const place = command === "generate" ? task.out : model;
  return [
    ...(command === "generate" ? ["data", "generate"] : [command]),
    ...(place === undefined ? [] : [place]),
    ...taskOptions[command].flatMap((option) => {
      const value = task[option];
      if (value === undefined || (option === "out" && command === "generate")) return [];
      return [flagOf(command, option), String(value)];
    }),
    ...Object.entries(task.params ?? {}).flatMap(([name, value]) => ["--param", `${name}=${JSON.stringify(value)}`]),
    ...(task.args ?? []),
  ];
}

function flagOf(command: TaskCommand, option: Option): string {
  if (option === "out" && (command === "export" || command === "package")) return "--output";
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** How the task is called in lists and in the title of its terminal. */
export function taskName(task: QuantLensTask): string {
  if (task.resume !== undefined) return `resume ${task.resume}`;
  const subject = task.command === "generate" ? task.out : task.model;
  const stage = task.stage === undefined ? "" : ` stage ${task.stage}`;
  return `${task.command} ${subject ?? ""}${stage}`;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
