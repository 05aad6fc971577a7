import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cliProgram, runCli } from "../testing/run-cli.js";
import type { SweepEvent } from "./events.js";
import { resultsIn, tonesFolder, tonesModel } from "./testing/tones.js";

const vary = "sweep({ vary: { bits: [3, 4], sparsity: [0.3, 0.6] } })";
const cwd = tonesFolder({
  "net.model.ts": tonesModel(vary),
  "edited.model.ts": tonesModel(vary),
  "long.model.ts": tonesModel(vary).replace('"epochs", 2', '"epochs", 400'),
  "wild.model.ts": tonesModel("sweep({ vary: { lr: [1e30, 0.02], bits: [4, 99] } })"),
});

/** Of which files half was left somewhere. */
const halves = new Set<string>();

const args = (model: string, out: string) => ["sweep", model, "--out", out, "--workers", "2", "--threads", "1"];

function eventsIn(out: string): SweepEvent[] {
  const file = path.join(cwd, out, "events.jsonl");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as SweepEvent);
}

/** The processes below one, of Linux. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

/**
 * Runs a command until an event that is waited for is in the sweep's journal, then does something; gives the exit code, `null`
 * for a process that was killed. What the command prints wakes the look at the journal, which is written before.
 */
async function whenReached(
  out: string,
  command: readonly string[],
  isReached: (event: SweepEvent) => boolean,
  then: (pid: number) => void,
): Promise<number | null> {
  const known = eventsIn(out).length;
  const child = spawn(process.execPath, [cliProgram(), ...command], { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let [isOver, printed] = [false, ""];
  child.stderr.on("data", (text: Buffer) => {
    printed += text.toString();
    if (isOver || !eventsIn(out).slice(known).some(isReached)) return;
    isOver = true;
    then(child.pid ?? 0);
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (!isOver) throw new Error(`the event that was waited for never came:\n${printed}`);
  return code;
}

/** What is left when a process is killed at the worst time: half a file in each folder that it may have written to. */
function leaveHalves(out: string, pid: number): void {
  for (const file of readdirSync(path.join(cwd, out), { recursive: true, encoding: "utf8" })) {
    const folder = path.join(cwd, out, path.dirname(file));
    const isOver = ["done.json", "result.json"].some((name) => existsSync(path.join(folder, name)));
    if (!/(^|\/)(sweep|run|row)\.json$/.test(file) || isOver) continue;
    writeFileSync(path.join(folder, `.${path.basename(file)}.${pid}.tmp`), '{"half');
    halves.add(path.basename(file));
  }
}

const isStarted = (stage: number | null) => (event: SweepEvent) =>
  event.event === "job" && event.state === "started" && event.stage === stage;

/** What a sweep came to, without times. */
function outcome(out: string): unknown {
  return resultsIn(path.join(cwd, out)).rows.map(({ row, parameters, state, accuracy, score, density, message }) => ({
    ...{ row, parameters, state, accuracy, score, density, message },
  }));
}

describe("a sweep that is interrupted", () => {
  beforeAll(async () => {
    const { code } = await runCli(args("net.model.ts", "whole"), { cwd });
    expect(code).toBe(0);
  });

  it("by Ctrl-C saves, and goes on to the same results", async () => {
    const code = await whenReached("ctrl-c", args("net.model.ts", "ctrl-c"), isStarted(2), (pid) => {
      process.kill(pid, "SIGINT");
    });
    expect(code).toBe(130);
    expect(eventsIn("ctrl-c").at(-1)).toMatchObject({ event: "end", status: "interrupted" });
    const status = await runCli(["sweep", "status", "ctrl-c"], { cwd });
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining("interrupted: ") as string });
    const resumed = await runCli(["sweep", "resume", "ctrl-c", "--workers", "2"], { cwd });
    expect(resumed.code).toBe(0);
    expect(outcome("ctrl-c")).toEqual(outcome("whole"));
  });

  it("by a kill of everything goes on to the same results, and ends each row once", async () => {
    for (const stage of [1, 2, null]) {
      const command = eventsIn("killed").length === 0 ? args("net.model.ts", "killed") : ["sweep", "killed"];
      await whenReached("killed", command, isStarted(stage), (pid) => {
        for (const worker of childrenOf(pid)) process.kill(worker, "SIGKILL");
        process.kill(pid, "SIGKILL");
        leaveHalves("killed", pid);
      });
    }
    expect((await runCli(["sweep", "resume", "killed"], { cwd })).code).toBe(0);
    expect(outcome("killed")).toEqual(outcome("whole"));
    const results = eventsIn("killed").filter(({ event }) => event === "result");
    expect(results.map((event) => "row" in event && event.row).sort()).toEqual([1, 2, 3, 4]);
  });

  it("by the death of a worker notices it, and has the job done again", async () => {
    const code = await whenReached("worker", args("net.model.ts", "worker"), isStarted(1), (pid) => {
      for (const worker of childrenOf(pid)) process.kill(worker, "SIGKILL");
    });
    expect(code).toBe(0);
    const lost = eventsIn("worker").filter((event) => event.event === "job" && event.state === "lost");
    expect(lost.length).toBeGreaterThan(0);
    expect(lost[0]).toMatchObject({ message: "its process was killed by SIGKILL" });
    expect(outcome("worker")).toEqual(outcome("whole"));
  });

  it("by `sweep cancel` ends in order, and two processes keep out of each other's way", async () => {
    let refused: Promise<{ readonly code: number; readonly stderr: string }> | undefined;
    const code = await whenReached("cancelled", args("long.model.ts", "cancelled"), isStarted(1), () => {
      refused = runCli(["sweep", "resume", "cancelled"], { cwd }).then(async (second) => {
        await runCli(["sweep", "cancel", "cancelled"], { cwd });
        return second;
      });
    });
    expect(code).toBe(130);
    expect(await refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/cancelled is in use by process \d+: wait until it ends/) as string,
    });
    expect(eventsIn("cancelled").at(-1)).toMatchObject({ event: "end", status: "cancelled" });
    const again = await runCli(["sweep", "cancel", "cancelled"], { cwd });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("there is nothing to cancel") as string });
  });

  it("leaves nothing half-written behind", () => {
    expect(halves).toContain("run.json");
    expect(halves).toContain("sweep.json");
    for (const out of ["ctrl-c", "killed", "worker"]) {
      const files = readdirSync(path.join(cwd, out), { recursive: true, encoding: "utf8" });
      expect(files.filter((file) => /\.tmp$|(^|\/)lock/.test(file))).toEqual([]);
    }
  });
});

describe("rows that fail", () => {
  it("are reported, and the others run", async () => {
    const { code, stderr } = await runCli([...args("wild.model.ts", "wild"), "--retries", "0"], { cwd });
    expect(code).toBe(1);
    const { rows } = resultsIn(path.join(cwd, "wild"));
    expect(rows.map(({ state }) => state)).toEqual(["failed", "failed", "done", "failed"]);
    expect(rows[0]?.message).toMatch(/^The training diverged in stage "train 1"/);
    expect(rows[1]?.message).toContain("int expects bits to be a whole number from 1 to 32, but found 99");
    expect(stderr).toContain("row 2 (lr=1e+30, bits=99)  failed: ");
  });
});

describe("a store that is deleted while its sweep runs", () => {
  it("is named, and the sweep that goes on does its stages again", async () => {
    const isStageOver = (event: SweepEvent) => event.event === "job" && event.state === "done" && event.stage === 1;
    const code = await whenReached("bare", args("net.model.ts", "bare"), isStageOver, () => {
      renameSync(path.join(cwd, "bare", "store"), path.join(cwd, "away"));
    });
    expect(code).toBe(1);
    const failures = eventsIn("bare").flatMap((event) => (event.event === "failed" ? [event.message] : []));
    expect(failures.length).toBeGreaterThan(0);
    for (const message of failures) {
      expect(message).toMatch(
        /^bare\/store\/\S+ (was deleted while the sweep wrote into it|has lost the result of a stage)/,
      );
    }
    expect((await runCli(["sweep", "resume", "bare"], { cwd })).code).toBe(0);
    expect(outcome("bare")).toEqual(outcome("whole"));
  });
});

describe("a model file that is edited while its sweep runs", () => {
  it("ends it, and nothing of the other text is kept", async () => {
    const file = path.join(cwd, "edited.model.ts");
    const text = readFileSync(file, "utf8");
    const command = [...args("edited.model.ts", "edited"), "--retries", "0"];
    const code = await whenReached("edited", command, isStarted(1), () => {
      writeFileSync(file, text.replace("outChannels: 8", "outChannels: 4"));
    });
    expect(readFileSync(file, "utf8")).not.toBe(text);
    expect(code).toBe(2);
    expect(eventsIn("edited").at(-1)).toMatchObject({ event: "end", status: "failed" });
    const refused = await runCli(["sweep", "resume", "edited"], { cwd });
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/edited\.model\.ts or a file that it imports has changed since/) as string,
    });
    writeFileSync(file, text);
    expect((await runCli(["sweep", "resume", "edited"], { cwd })).code).toBe(0);
    expect(outcome("edited")).toEqual(outcome("whole"));
  });
});

describe("a folder", () => {
  it("is begun by one of two processes that want it at once", async () => {
    const both = await Promise.all([1, 2].map(() => runCli(args("net.model.ts", "both"), { cwd })));
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    expect(both.find(({ code }) => code === 2)?.stderr).toMatch(/both is in use by process|both has a sweep in it/);
    expect(eventsIn("both").filter(({ event }) => event === "result")).toHaveLength(4);
    expect(outcome("both")).toEqual(outcome("whole"));
  });

  it.each([[["resume", "whole", "--epochs", "3"]], [["whole", "--epochs", "3"]]])(
    "goes on with its own options: %j is refused",
    async (words) => {
      const { code, stderr } = await runCli(["sweep", ...words], { cwd });
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr:
          "quantlens: whole goes on with the options that it was begun with: leave out --epochs, or begin a new sweep.\n",
      });
    },
  );

  it("can be looked at elsewhere, and one without a sweep is refused", async () => {
    cpSync(path.join(cwd, "whole"), path.join(cwd, "moved"), { recursive: true });
    const { code, stdout } = await runCli(["sweep", "best", "moved", "--format", "json"], { cwd });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { pareto: boolean }[]).every(({ pareto }) => pareto)).toBe(true);
    const none = await runCli(["sweep", "best", "moved", "--max-score", "0"], { cwd });
    expect(none.code).toBe(1);
    const changed = await runCli(["sweep", "resume", "."], { cwd });
    expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining("has no sweep in it") as string });
  });
});
