/** What `sacct` says when the controller does not know any more: a real slurmdbd before a real database. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readArrays } from "../../cli/sweep/engines/slurm/files.js";
import { taskStates } from "../../cli/sweep/engines/slurm/states.js";
import { resultsIn, tonesFolder, tonesModel } from "../../cli/sweep/testing/tones.js";
import { cliProgram } from "../../cli/testing/run-cli.js";
import { sqlOptions } from "./accounting.js";
import { startSlurm, type SlurmCluster } from "./cluster.js";
import { missingAccounting } from "./packages.js";
import { until } from "./until.js";

const missing = missingAccounting();

/** In the accounts; 1 is the state RUNNING. */
function asRunning(array: string): string {
  return `state=1, time_end=0 where id_array_job=${array}`;
}

describe.skipIf(missing !== undefined)(`accounts of Slurm${missing === undefined ? "" : ` (${missing})`}`, () => {
  const cwd = tonesFolder({
    "short.model.ts": tonesModel("sweep({ vary: { bits: [3, 4] } })"),
    "long.model.ts": tonesModel("sweep({ vary: { bits: [3, 4] } })", {
      recipe: 'train({ epochs: param("epochs", 100), batchSize: 8, optimizer: adam({ lr: 0.02 }) })',
    }),
  });
  let cluster: SlurmCluster;

  beforeAll(async () => {
    cluster = await startSlurm(1, 2, { accounting: true });
    for (const [name, value] of Object.entries(cluster.env)) vi.stubEnv(name, value);
  }, 60_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await cluster.down();
  });

  function start(model: string, out: string): ChildProcess {
    const args = ["sweep", model, "--out", out, "--engine", "slurm", "--threads", "1"];
    return spawn(process.execPath, [cliProgram(), ...args], { cwd, stdio: "ignore" });
  }

  async function submit(...args: string[]): Promise<string> {
    return cluster.run("sbatch", "--parsable", "--output=/dev/null", ...args);
  }

  /** The accounts lag behind the controller. */
  async function untilAccounted(array: string, lines: readonly string[]): Promise<void> {
    await until(`the accounts of ${array}`, async () => {
      const text = await cluster.run("sacct", "-n", "-P", "-X", "--format=JobID,State", `--jobs=${array}`);
      return lines.every((line) => text.split("\n").includes(line)) ? true : undefined;
    });
  }

  /** The controller with all that it knew, and the node with its jobs. */
  async function loseAll(): Promise<void> {
    await cluster.killController();
    await cluster.loseNode("n1");
    cluster.loseJobs();
    await cluster.startController();
    await cluster.startNode("n1");
  }

  it("are asked for what the controller has forgotten, but not for what still runs", async () => {
    const sweep = start("short.model.ts", "short");
    expect((await once(sweep, "close"))[0]).toBe(0);
    const arrays = readArrays(path.join(cwd, "short")).flatMap(({ id }) => id ?? []);
    expect(arrays).toHaveLength(3);
    // Which ones never ran stands in one line of more than 64 characters.
    const indices = Array.from({ length: 30 }, (_, at) => at * at);
    const cancelled = await submit("--begin=now+1hour", `--array=${indices.join(",")}`, "--wrap=true");
    await cluster.run("scancel", cancelled);
    const failed = await submit("--array=0-1", "--wrap=[ $SLURM_ARRAY_TASK_ID = 0 ]");
    const running = await submit("--array=0", "--wrap=sleep 600");
    for (const array of arrays) await untilAccounted(array, [`${array}_0|COMPLETED`, `${array}_1|COMPLETED`]);
    await untilAccounted(failed, [`${failed}_0|COMPLETED`, `${failed}_1|FAILED`]);
    await untilAccounted(running, [`${running}_0|RUNNING`]);
    await until("the accounts of a cancelled array", async () =>
      (await cluster.run("sacct", "-n", "-P", "-X", "--format=State", `--jobs=${cancelled}`)).startsWith("CANCELLED")
        ? true
        : undefined,
    );
    await loseAll();
    // As clusters have it that lose a controller and its last messages; see "runaway jobs" in sacctmgr's manual page.
    await cluster.run(
      "mariadb",
      ...sqlOptions(cluster.folder),
      `update slurm.quantlens_job_table set ${asRunning(running)}`,
    );
    await untilAccounted(running, [`${running}_0|RUNNING`]);
    const states = await taskStates([...arrays, cancelled, failed, running]);
    expect(Object.fromEntries([...states].map(([name, { state }]) => [name, state]))).toEqual({
      ...Object.fromEntries(arrays.flatMap((array) => [0, 1].map((task) => [`${array}_${task}`, "COMPLETED"]))),
      ...Object.fromEntries(indices.map((index) => [`${cancelled}_${index}`, "CANCELLED"])),
      [`${failed}_0`]: "COMPLETED",
      [`${failed}_1`]: "FAILED",
    });
  }, 120_000);

  it("say what became of jobs that the controller has lost, and their rows are done again", async () => {
    const sweep = start("long.model.ts", "long");
    const ended = once(sweep, "close");
    const array = await until("a job that runs", async () => {
      const [found] = (await cluster.run("squeue", "-h", "-t", "R", "-o", "%F")).split("\n");
      return found === "" ? undefined : found;
    });
    await untilAccounted(array, [`${array}_0|RUNNING`]);
    await loseAll();
    expect((await ended)[0]).toBe(0);
    expect(resultsIn(path.join(cwd, "long")).rows.map(({ state }) => state)).toEqual(["done", "done"]);
    const events = readFileSync(path.join(cwd, "long", "events.jsonl"), "utf8");
    expect(events).toContain('"its job ended without a result: Slurm says CANCELLED"');
  }, 120_000);
});
