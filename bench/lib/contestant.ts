/** A process that trains or evaluates when it is told to: ours and its peers speak the same lines. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What a process answers to a task and a number of steps. */
export interface Turn {
  readonly seconds: number;
  /** Or operations, or bytes: whatever the task is counted in. */
  readonly samples: number;
  readonly peakBytes: number;
  readonly loss: number;
}

export class Contestant {
  private readonly answers: Interface;
  private readonly lines: AsyncIterator<string>;

  private constructor(private readonly process: ChildProcessByStdio<Writable, Readable, null>) {
    this.answers = createInterface({ input: process.stdout });
    this.lines = this.answers[Symbol.asyncIterator]();
  }

  static start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Contestant {
    return new Contestant(
      spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] }),
    );
  }

  /** Works on a task for so many steps. */
  async take(task: string, steps: number): Promise<Turn> {
    const turn = (await this.ask(`${task} ${steps}`)) as Turn;
    if (!Number.isFinite(turn.loss)) throw new Error(`${this.process.spawnargs.join(" ")} has lost its numbers`);
    return turn;
  }

  /** Sends a line and gives the answer. */
  async ask(line: string): Promise<unknown> {
    this.process.stdin.write(`${line}\n`);
    const answer = await this.lines.next();
    if (answer.done === true) throw new Error(`${this.process.spawnargs.join(" ")} ended before it answered`);
    return JSON.parse(answer.value);
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.stdin.end();
    await exited;
    this.answers.close();
  }
}
