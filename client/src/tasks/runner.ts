/** Starts tasks, knows which are running, ends them in order, and tells how they ended. */
import * as vscode from "vscode";
import { parseTask, type QuantLensTask } from "./definition.js";
import { taskType, workingFolder, type TaskFactory } from "./task.js";

/** Context key: a task of this extension is running. */
const runningKey = "quantlens.running";
const controlC = "\u0003";

/** A task whose process has started. */
export interface RunningTask {
  readonly definition: QuantLensTask;
  readonly name: string;
  readonly folder: vscode.WorkspaceFolder | undefined;
  /** Absolute path of the folder that it runs in. */
  readonly cwd: string;
  readonly processId: number;
  /** Milliseconds since 1970. */
  readonly started: number;
}

export interface EndedTask extends RunningTask {
  /** Absent when the task was terminated. */
  readonly exitCode: number | undefined;
}

export class TaskRunner implements vscode.Disposable {
  private readonly running = new Map<vscode.TaskExecution, RunningTask>();
  /** The terminals of tasks that have ended, by command. */
  private readonly idle = new Map<string, Set<vscode.Terminal>>();
  private readonly ended = new vscode.EventEmitter<EndedTask>();
  private readonly subscriptions: vscode.Disposable;
  /** Fires when a task of this extension ends, whoever started it. */
  readonly onDidEnd = this.ended.event;

  constructor(private readonly factory: TaskFactory) {
    this.subscriptions = vscode.Disposable.from(
      this.ended,
      vscode.tasks.onDidStartTaskProcess(({ execution, processId }) => {
        this.processStarted(execution, processId);
      }),
      vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => void this.processEnded(execution, exitCode)),
    );
  }

  /** Runs a definition in `folder`. Terminals of ended tasks of the same kind are closed first: one kind, one terminal. */
  async start(definition: QuantLensTask, folder: vscode.WorkspaceFolder | undefined): Promise<vscode.TaskExecution> {
    await this.closeIdle(definition.command);
    return vscode.tasks.executeTask(await this.factory.create(definition, folder));
  }

  /** The tasks whose processes are running. */
  tasks(): readonly RunningTask[] {
    return [...this.running.values()];
  }

  /** Ends a task as Ctrl-C in its terminal does: what makes a run saves it first. */
  async stop(task: RunningTask): Promise<void> {
    const terminal = await this.terminalOf(task);
    if (terminal !== undefined) {
      terminal.show(true);
      terminal.sendText(controlC, false);
      return;
    }
    const execution = [...this.running].find(([, each]) => each === task)?.[0];
    execution?.terminate();
  }

  /** The terminal that a task runs or has run in, unless it has been closed. */
  async terminalOf({ processId }: RunningTask): Promise<vscode.Terminal | undefined> {
    for (const terminal of vscode.window.terminals) {
      if ((await terminal.processId) === processId) return terminal;
    }
    return undefined;
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  private processStarted(execution: vscode.TaskExecution, processId: number): void {
    const { task } = execution;
    if (task.definition.type !== taskType) return;
    const definition = parseTask(task.definition);
    if (typeof definition === "string") return;
    const folder = typeof task.scope === "object" ? task.scope : undefined;
    const cwd = workingFolder(definition, folder);
    this.running.set(execution, { definition, name: task.name, folder, cwd, processId, started: Date.now() });
    this.updateContext();
  }

  private async processEnded(execution: vscode.TaskExecution, exitCode: number | undefined): Promise<void> {
    const task = this.running.get(execution);
    if (task === undefined) return;
    this.running.delete(execution);
    this.updateContext();
    this.ended.fire({ ...task, exitCode });
    const terminal = await this.terminalOf(task);
    if (terminal === undefined) return;
    const { command } = task.definition;
    this.idle.set(command, (this.idle.get(command) ?? new Set()).add(terminal));
  }

  private async closeIdle(command: string): Promise<void> {
    const terminals = this.idle.get(command) ?? new Set();
    this.idle.delete(command);
    for (const terminal of terminals) {
      // VS Code runs the same task again in the same terminal: that one may be at work.
      const processId = await terminal.processId;
      if (!this.tasks().some((task) => task.processId === processId)) terminal.dispose();
    }
  }

  private updateContext(): void {
    void vscode.commands.executeCommand("setContext", runningKey, this.running.size > 0);
  }
}
