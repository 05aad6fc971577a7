/** A small task that is learned in a second, for tests: three tones in noise, told apart by a tiny quantised network. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { npyBytes } from "../../../data/testing/npy.js";
import { RandomStream } from "../../../data/random/stream.js";
import { makeFolder } from "../../../testing/folder.js";
import { cliProgram, runCli, type CliResult } from "../../../testing/run-cli.js";
import type { TrainEvent } from "../../events/events.js";

const samples = 240;
const classes = 3;
const [channels, length] = [2, 16];

/** A model file; `recipe` is TypeScript. The network is float when `quantised` is false. */
export function taskModel(recipe: string, { quantised = true, name = "Tones", challenge = "" } = {}): string {
  const weight = quantised ? ", weightQuant: int(5)" : "";
  const activation = quantised ? "quantReLU(x, { name: 'act', actQuant: uint(4) })" : "relu(x)";
  const input = quantised ? "x = quantIdentity(x, { name: 'in', actQuant: int(8) });" : "";
  return `import * as q from "quantlens";
const { adam, batchNorm1d, challenge, constant, cosineWarmRestarts, defineModel, dropout, flatten, int, maxPool1d, npyFolder,
  plateau, prune, quantConv1d, quantIdentity, quantLinear, quantReLU, relu, sgd, train, uint } = q;

export default defineModel({
  name: "${name}",
  input: { shape: [1, ${channels}, ${length}] },
  forward(x) {
    ${input}
    x = quantConv1d(x, { name: "first", outChannels: 8, kernelSize: 5, padding: 2, bias: false${weight} });
    x = batchNorm1d(x, { name: "norm" });
    x = ${activation};
    x = dropout(flatten(maxPool1d(x, { kernelSize: 4 })), { p: 0.1 });
    return quantLinear(x, { name: "last", outFeatures: ${classes}, bias: false${weight} });
  },
  ${challenge}
  data: npyFolder({ path: "data", testFraction: 0.25 }),
  recipe: [${recipe}],
});
`;
}

/** A folder with model files and the data that they name. */
export function taskFolder(models: Readonly<Record<string, string>>): string {
  const random = new RandomStream(1);
  const x = new Float32Array(samples * channels * length);
  const y = new BigInt64Array(samples);
  for (let sample = 0; sample < samples; sample++) {
    const label = sample % classes;
    y[sample] = BigInt(label);
    const phase = random.uniform(0, 2 * Math.PI);
    for (let index = 0; index < channels * length; index++) {
      const angle = ((label + 1) * Math.PI * (index % length)) / 8 + phase + (index < length ? 0 : Math.PI / 2);
      x[sample * channels * length + index] = Math.cos(angle) + 0.5 * random.gaussian();
    }
  }
  return makeFolder({
    ...models,
    "data/x.npy": npyBytes({ type: "<f4", shape: [samples, channels, length], data: x }),
    "data/y.npy": npyBytes({ type: "<i8", shape: [samples], data: y }),
  });
}

/** Runs a command in a folder; two threads, whatever the machine has. */
export function run(cwd: string, ...args: string[]): Promise<CliResult> {
  const threads = args.includes("--resume") ? [] : ["--threads", "2"];
  return runCli([...args, ...threads], { cwd });
}

export type LoggedEvent = TrainEvent & { readonly time: string };

/** The whole lines of a run's event file. */
export function eventsOf(folder: string): LoggedEvent[] {
  const file = path.join(folder, "events.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LoggedEvent);
}

/**
 * Runs a command until the event file of the run in `out` has an event that is waited for, and sends it a signal then. What
 * the command prints wakes the look at the file: it prints each event after it has written it. Gives the exit code; `null`
 * for a process that was killed.
 */
export async function runUntil(
  { cwd, out, args }: { readonly cwd: string; readonly out: string; readonly args: readonly string[] },
  isReached: (event: LoggedEvent) => boolean,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const child = spawn(process.execPath, [cliProgram(), ...args], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const known = eventsOf(path.join(cwd, out)).length;
  const isThere = () => eventsOf(path.join(cwd, out)).slice(known).some(isReached);
  const send = (): void => {
    if (!isThere()) return;
    child.stderr.off("data", send).resume();
    child.kill(signal);
  };
  child.stderr.on("data", send);
  const [code] = (await once(child, "exit")) as [number | null];
  if (!isThere()) throw new Error("the event that was waited for never came");
  return code;
}
