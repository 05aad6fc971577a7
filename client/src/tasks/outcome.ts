/** What the user is told when a task has ended, and what is offered then. */
import type { QuantLensTask } from "./definition.js";
import { makesRun } from "./definition.js";

export type OutcomeAction = "useWeights" | "showDashboard" | "resume" | "showTerminal";

export interface Outcome {
  readonly severity: "info" | "warning" | "error";
  /** One sentence. */
  readonly message: string;
  readonly actions: readonly OutcomeAction[];
}

export interface TaskEnd {
  readonly definition: QuantLensTask;
  readonly name: string;
  /** Absent when the task was terminated. */
  readonly exitCode: number | undefined;
  /** The run's folder as the user knows it; absent where there is none. */
  readonly run?: string | undefined;
}

const exitCodes = { done: 0, missed: 1, couldNotRun: 2, interrupted: 130 } as const;

/** `undefined` where the terminal has said all: a command that prints something and was read. */
export function outcomeOf({ definition, name, exitCode, run }: TaskEnd): Outcome | undefined {
  const task = `quantlens ${name}`;
  switch (exitCode) {
    case exitCodes.done:
      return doneOutcome(definition, task, run);
    case exitCodes.missed:
      return missedOutcome(definition, task, run);
    case undefined:
    case exitCodes.interrupted:
      return run === undefined ? undefined : interruptedOutcome(task, run);
    default: {
      const what = exitCode === exitCodes.couldNotRun ? "could not run" : `has ended with exit code ${exitCode}`;
      const actions: OutcomeAction[] = run === undefined ? ["showTerminal"] : ["showTerminal", "resume"];
      return { severity: "error", message: `${task} ${what}; its terminal says why.`, actions };
    }
  }
}

function interruptedOutcome(task: string, run: string): Outcome {
  const message = `${task} was ended before it was done; what it has saved is in ${run}.`;
  return { severity: "warning", message, actions: ["resume", "useWeights"] };
}

function doneOutcome(definition: QuantLensTask, task: string, run: string | undefined): Outcome | undefined {
  if (run !== undefined) {
    return { severity: "info", message: `${task} is done: ${run}.`, actions: ["useWeights", "showDashboard"] };
  }
  if (!["export", "package", "generate"].includes(definition.command)) return undefined;
  return { severity: "info", message: `${task} has written ${definition.out ?? "its files"}.`, actions: [] };
}

function missedOutcome(definition: QuantLensTask, task: string, run: string | undefined): Outcome | undefined {
  if (definition.command === "package") {
    const message = `${task} has found criteria that are not met; its terminal says which.`;
    return { severity: "warning", message, actions: ["showTerminal"] };
  }
  if (!makesRun(definition)) return undefined;
  const actions: OutcomeAction[] =
    run === undefined ? ["showTerminal"] : ["useWeights", "showDashboard", "showTerminal"];
  return { severity: "warning", message: `${task} has missed its goal or diverged; its terminal says which.`, actions };
}
