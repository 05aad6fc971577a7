/** Sweeps on a real Slurm of several nodes, one of which is lost in the middle. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readArrays, type ArrayRecord } from "../../cli/sweep/engines/slurm/files.js";
import type { SweepEvent } from "../../cli/sweep/events.js";
import { resultsIn, tonesFolder, tonesModel } from "../../cli/sweep/testing/tones.js";
import { cliProgram, runCli } from "../../cli/testing/run-cli.js";
import { startSlurm, type SlurmCluster } from "./cluster.js";
import { missingSlurm } from "./packages.js";
import { until } from "./until.js";

const missing = missingSlurm();

/** Long enough to be interrupted in, short enough for a test. */
const recipe = `
  train({ epochs: param("epochs", 100), batchSize: 8, optimizer: adam({ lr: 0.02 }) }),
  prune({ target: { sparsity: param("sparsity", 0.5) }, finetune: { epochs: 2 } })`;

const rows = "sweep({ vary: { bits: [3, 4], sparsity: [0.3, 0.6] } })";
const fewRows = "sweep({ vary: { sparsity: [0.3, 0.6] } })";

/** More than are submitted at first. */
const manyRows = 200;

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

describe.skipIf(missing !== undefined)(`a sweep on Slurm${missing === undefined ? "" : ` (${missing})`}`, () => {
  const cwd = tonesFolder({
    "net.model.ts": tonesModel(rows, { recipe }),
    "few.model.ts": tonesModel(fewRows, { recipe }),
    "short.model.ts": tonesModel("sweep({ vary: { bits: [3, 4] } })"),
    "many.model.ts": tonesModel(
      `sweep({ vary: { lr: { min: 1, max: ${manyRows / 2}, step: 1 }, sparsity: [0.3, 0.6] } })`,
    ),
    "wild.model.ts": tonesModel("sweep({ vary: { lr: [1e30, 0.02] } })").replace("adam(", "sgd("),
  });
  let cluster: SlurmCluster;

  beforeAll(async () => {
    cluster = await startSlurm(2, 2);
  });

  afterAll(() => cluster.down());

  interface Started {
    readonly child: ChildProcess;
    readonly ended: Promise<Ended>;
    /** To standard error, so far. */
    readonly printed: () => string;
  }

  function start(...args: string[]): Started {
    const child = spawn(process.execPath, [cliProgram(), "sweep", ...args, "--engine", "slurm"], {
      cwd,
      env: { ...process.env, ...cluster.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    const printed = (): string => stderr;
    return { child, printed, ended: once(child, "close").then(([code]) => ({ code: code as number | null, stderr })) };
  }

  function events(out: string): readonly (SweepEvent & { readonly time: string })[] {
    const lines = readFileSync(path.join(cwd, out, "events.jsonl"), "utf8")
      .split("\n")
      .slice(0, -1);
    return lines.map((line) => JSON.parse(line) as SweepEvent & { readonly time: string });
  }

  /** A node that runs a training of this sweep which has come some way. */
  function busyNode(out: string): Promise<string> {
    return until("a training on a node", async () => {
      const store = path.join(cwd, out, "store");
      const stages = existsSync(store)
        ? readdirSync(store, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith("events.jsonl"))
        : [];
      const isUnderWay = stages.some((name) => readFileSync(path.join(store, name), "utf8").includes('"epoch":2,'));
      if (!isUnderWay) return undefined;
      const nodes = (await cluster.run("squeue", "-h", "-t", "R", "-o", "%N")).split("\n");
      return nodes.find((node) => node !== "");
    });
  }

  /** Numbers of the arrays that wait, run or end. */
  /** Jobs in these of Slurm's states: pending, running, completing. */
  async function jobs(states = "PD,R,CG"): Promise<readonly string[]> {
    const arrays = await cluster.run("squeue", "-h", "-t", states, "-o", "%F");
    return arrays.split("\n").filter((job) => job !== "");
  }

  /** What holds of a sweep that is over, whatever happened on the way. */
  function expectEveryRowOnce(out: string, count: number): void {
    const { rows: results, status } = resultsIn(path.join(cwd, out));
    expect(status).toBe("done");
    expect(results.map(({ row, state }) => [row, state])).toEqual(
      Array.from({ length: count }, (_, index) => [index + 1, "done"]),
    );
    const ended = events(out).flatMap((event) => (event.event === "result" ? [event.row] : []));
    expect(ended.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(events(out).filter(({ event }) => event === "failed")).toEqual([]);
    const left = readdirSync(path.join(cwd, out), { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => /(^|\/)lock$|\.tmp$/.test(name))).toEqual([]);
  }

  it("loses a node with its jobs in the middle, and every row ends once", async () => {
    const { ended } = start("net.model.ts", "--out", "lost", "--threads", "1");
    const node = await busyNode("lost");
    await cluster.loseNode(node);
    await cluster.startNode(node);
    const { code, stderr } = await ended;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    expectEveryRowOnce("lost", 4);
    const nodes = await cluster.run("squeue", "-h", "-t", "all", "-o", "%N");
    expect(new Set(nodes.split("\n").filter((name) => name !== ""))).toEqual(new Set(["n1", "n2"]));
    expect(events("lost").some((event) => event.event === "epoch" && event.epochs === 100)).toBe(true);
    // Trainings that rows share are still done once: two of them, each with two prunings.
    const done = readdirSync(path.join(cwd, "lost", "store"), { recursive: true, encoding: "utf8" });
    expect(done.filter((name) => name.endsWith("done.json"))).toHaveLength(2 + 4);
  }, 240_000);

  it("comes to the same networks as on this machine", async () => {
    const { code } = await runCli(["sweep", "short.model.ts", "--out", "here", "--workers", "1", "--threads", "1"], {
      cwd,
    });
    expect(code).toBe(0);
    const there = await start("short.model.ts", "--out", "there", "--threads", "1").ended;
    expect(there.code).toBe(0);
    const [here, cloud] = ["here", "there"].map((out) =>
      resultsIn(path.join(cwd, out)).rows.map(({ accuracy, score, bops }) => ({ accuracy, score, bops })),
    );
    expect(cloud).toEqual(here);
  }, 120_000);

  it("loses only the daemon of a node: its job goes on beside the second attempt, and every row ends once", async () => {
    const { ended } = start("few.model.ts", "--out", "daemon", "--threads", "1");
    const node = await busyNode("daemon");
    await cluster.killDaemon(node);
    await cluster.run("scontrol", "update", `nodename=${node}`, "state=DOWN", "reason=test");
    await cluster.startNode(node);
    expect((await ended).code).toBe(0);
    expectEveryRowOnce("daemon", 2);
  }, 240_000);

  it("is interrupted: jobs are taken back, and it goes on where it was", async () => {
    const first = start("few.model.ts", "--out", "stopped", "--threads", "1", "--workers", "2");
    await busyNode("stopped");
    first.child.kill("SIGINT");
    expect((await first.ended).code).toBe(130);
    expect(await cluster.run("squeue", "-h", "-t", "PD,R,CG")).toBe("");
    const saved = readdirSync(path.join(cwd, "stopped", "store"), { recursive: true, encoding: "utf8" });
    expect(saved.some((name) => name.endsWith("last.safetensors"))).toBe(true);
    const { code } = await start("resume", "stopped", "--threads", "1").ended;
    expect(code).toBe(0);
    expectEveryRowOnce("stopped", 2);
  }, 240_000);

  it("is killed: a sweep that goes on follows the jobs that are still there", async () => {
    const first = start("few.model.ts", "--out", "killed", "--threads", "1");
    await busyNode("killed");
    first.child.kill("SIGKILL");
    await first.ended;
    const submitted = readdirSync(path.join(cwd, "killed", "slurm", "arrays")).length;
    const { code } = await start("resume", "killed", "--threads", "1").ended;
    expect(code).toBe(0);
    expect(readdirSync(path.join(cwd, "killed", "slurm", "arrays"))).toHaveLength(submitted);
    expectEveryRowOnce("killed", 2);
  }, 240_000);

  it("goes on when the controller is back that was killed, and complains once", async () => {
    const { ended, printed } = start("few.model.ts", "--out", "headless", "--threads", "1");
    await busyNode("headless");
    await cluster.killController();
    await until("a complaint", () => /Slurm does not answer and is asked again \(.*\)/.exec(printed()) ?? undefined);
    const refused = await start("short.model.ts", "--out", "refused").ended;
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /^quantlens: Slurm does not answer \(.*\): when squeue works here, go on by quantlens sweep resume refused/m,
    );
    await cluster.startController();
    const { code, stderr } = await ended;
    expect(code).toBe(0);
    expect(stderr.match(/does not answer/g)).toHaveLength(1);
    expectEveryRowOnce("headless", 2);
  }, 240_000);

  it("submits the first rows while later ones are planned, and each job once even when it is killed then", async () => {
    const args = ["--out", "many", "--sbatch=--hold"];
    const arrays = (): readonly Required<ArrayRecord>[] =>
      readArrays(path.join(cwd, "many")).filter((array): array is Required<ArrayRecord> => array.id !== undefined);
    const submitted = (): readonly string[] => arrays().flatMap(({ tasks }) => tasks.map(({ key }) => key));
    const first = start("many.model.ts", ...args);
    await until("the first array", () => arrays()[0]);
    first.child.kill("SIGKILL");
    await first.ended;
    const submittedAt = statSync(path.join(cwd, "many/slurm/arrays/a1.json")).mtimeMs;
    const planned = events("many").filter(({ event, time }) => event === "row" && Date.parse(time) < submittedAt);
    expect(planned.length).toBeLessThan(manyRows);
    const second = start("resume", "many", "--sbatch=--hold");
    // Two rows share a training; each has a pruning and an end of its own.
    const jobsInAll = manyRows / 2 + 2 * manyRows;
    await until("all jobs", () => (new Set(submitted()).size === jobsInAll ? true : undefined));
    expect(submitted()).toHaveLength(jobsInAll);
    const queued = await cluster.run(
      "squeue",
      "-h",
      "-r",
      "-o",
      "%F_%K",
      `--jobs=${arrays()
        .map(({ id }) => id)
        .join(",")}`,
    );
    expect(new Set(queued.split("\n"))).toEqual(
      new Set(arrays().flatMap(({ id, tasks }) => tasks.map(({ index }) => `${id}_${index}`))),
    );
    second.child.kill("SIGINT");
    expect((await second.ended).code).toBe(130);
    // What was cancelled while it ran may still be on its way out.
    const left = await jobs("PD,R");
    expect(arrays().filter(({ id }) => left.includes(id))).toEqual([]);
  }, 120_000);

  it("reports a row that diverges, takes back what stands behind it, and the others go on", async () => {
    // A controller that was away learns late that a job has ended.
    const before = await jobs();
    const { code } = await start("wild.model.ts", "--out", "wild", "--threads", "1").ended;
    expect(code).toBe(1);
    expect(resultsIn(path.join(cwd, "wild")).rows.map(({ state }) => state)).toEqual(["failed", "done"]);
    expect((await jobs()).filter((job) => !before.includes(job))).toEqual([]);
  }, 120_000);

  it("says what sbatch says about options that are wrong", async () => {
    const { code, stderr } = await start("short.model.ts", "--out", "wrong", "--sbatch=--partition=nowhere").ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/quantlens: Slurm refuses the sweep's jobs: .*invalid partition/i);
  });
});
