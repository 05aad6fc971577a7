/** What the user is told when a task has ended, and what is offered then. */
import type { QuantLensTask } from "./definition.js";
import { makesRun } from "./definition.js";

export type OutcomeAction = "useWeights" | "showDashboard" | "showSweep" | "resume" | "showTerminal";

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
  /** The run's folder as the user knows it, or the sweep's; absent where there is none. */
  readonly run?: string | undefined;
}

const exitCodes = { done: 0, missed: 1, couldNotRun: 2, interrupted: 130 } as const;

/** `undefined` where the terminal has said all: a command that prints something and was read. */
export function outcomeOf({ definition, name, exitCode, run }: TaskEnd): Outcome | undefined {
  const task = `quantlens ${name}`;
  if (definition.command === "sweep" && run !== undefined) return sweepOutcome(task, run, exitCode);
  switch (exitCode) {
    case exitCodes.done:
      return doneOutcome(definition, task, run);
    case exitCodes.missed:
      return missedOutcome(definition, task, run);
    case undefined:
    case exitCodes.interrupted:
      return run === undefined ? undefined : interruptedOutcome(task, run);
    default:
      return {
        ...failedOutcome(task, exitCode),
        actions: run === undefined ? ["showTerminal"] : ["showTerminal", "resume"],
      };
  }
}

/** Whatever a sweep came to, its panel shows it, and a sweep can always go on. */
function sweepOutcome(task: string, sweep: string, exitCode: number | undefined): Outcome {
  switch (exitCode) {
    case exitCodes.done:
      return { severity: "info", message: `${task} is done: ${sweep}.`, actions: ["showSweep"] };
    case exitCodes.missed: {
      const message = `${task} is done, but rows have failed: ${sweep}.`;
      return { severity: "warning", message, actions: ["showSweep", "showTerminal"] };
    }
    case undefined:
    case exitCodes.interrupted:
      return { ...interruptedOutcome(task, sweep), actions: ["resume", "showSweep"] };
    default: {
      const { severity, message } = failedOutcome(task, exitCode);
      return { severity, message, actions: ["showTerminal", "showSweep", "resume"] };
    }
  }
}

function failedOutcome(task: string, exitCode: number): Pick<Outcome, "severity" | "message"> {
  const what = exitCode === exitCodes.couldNotRun ? "could not run" : `has ended with exit code ${exitCode}`;
  return { severity: "error", message: `${task} ${what}; its terminal says why.` };
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
