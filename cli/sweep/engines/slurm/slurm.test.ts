import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder, writeFiles } from "../../../testing/folder.js";
import { jobLines, readJob, type Job } from "../../jobs/job.js";
import { indexRanges, planArrays, type TaskPlace } from "./arrays.js";
import { pauseBetweenLooks } from "./engine.js";
import { newLines } from "./follow.js";
import { jobsFile, makeSlurmFolders, readArrays, scriptFile, writeArray } from "./files.js";
import { describeState, isLive, parseAccounting, parseQueue } from "./states.js";
import { sbatchArguments, writeScript } from "./submit.js";

function stage(key: string, previous?: string): Job {
  const job = { kind: "stage", key, row: 1, param: {}, name: key, index: 0 } as const;
  return previous === undefined ? job : { ...job, previous };
}

function finish(row: number, ...stages: string[]): Job {
  return { kind: "finish", key: `row-${row}`, row, param: {}, stages };
}

/** `a1: 0 t1, 1 t2` and `a2 after a1: 0 p1`. */
function shown(jobs: readonly Job[], places: ReadonlyMap<string, TaskPlace> = new Map(), largest = 1000): string[] {
  return planArrays(jobs, places, { largest, first: 1 }).map(
    ({ name, after, tasks }) =>
      `${name}${after === undefined ? "" : ` after ${after}`}: ${tasks.map(({ index, job }) => `${index} ${job.key}`).join(", ")}`,
  );
}

describe("arrays", () => {
  it("of chains depend on each other task by task", () => {
    const jobs = [
      stage("t1"),
      stage("t2"),
      stage("p1", "t1"),
      finish(1, "t1", "p1"),
      stage("p2", "t2"),
      finish(2, "t2", "p2"),
    ];
    expect(shown(jobs)).toEqual(["a1: 0 t1, 1 t2", "a2 after a1: 0 p1, 1 p2", "a3 after a2: 0 row-1, 1 row-2"]);
  });

  it("have one more behind a stage for each row that shares it", () => {
    const jobs = [stage("t"), stage("p1", "t"), stage("p2", "t"), finish(1, "t", "p1"), finish(2, "t", "p2")];
    expect(shown(jobs)).toEqual([
      "a1: 0 t",
      "a2 after a1: 0 p1",
      "a3 after a1: 0 p2",
      "a4 after a2: 0 row-1",
      "a5 after a3: 0 row-2",
    ]);
  });

  it("wait for tasks of earlier arrays, and for nothing that is done", () => {
    const places = new Map([["t2", { array: "a9", index: 7 }]]);
    const jobs = [stage("p1", "t1"), stage("p2", "t2"), finish(2, "t2", "p2")];
    expect(shown(jobs, places)).toEqual(["a1: 0 p1", "a2 after a9: 7 p2", "a3 after a2: 7 row-2"]);
  });

  it("are as large as the cluster allows", () => {
    const jobs = Array.from({ length: 5 }, (_, index) => stage(`t${index}`));
    expect(shown([...jobs, stage("p4", "t4")], new Map(), 2)).toEqual([
      "a1: 0 t0, 1 t1",
      "a2: 0 t2, 1 t3",
      "a3: 0 t4",
      "a4 after a3: 0 p4",
    ]);
    expect(shown([])).toEqual([]);
  });

  it("are linear in the number of jobs", () => {
    const rows = 20_000;
    const jobs = Array.from({ length: rows }, (_, row) => [stage(`t${row}`), stage(`p${row}`, `t${row}`)]).flat();
    expect(planArrays(jobs, new Map(), { largest: 1000, first: 1 })).toHaveLength((2 * rows) / 1000);
  });

  it("name their tasks by ranges", () => {
    expect(indexRanges([0, 1, 2, 5, 9, 8])).toBe("0-2,5,8-9");
    expect(indexRanges([4])).toBe("4");
  });
});

describe("states", () => {
  it("are read from squeue and sacct", () => {
    const states = parseQueue(
      "12 0 RUNNING None\n12 1 PENDING DependencyNeverSatisfied\n12 2 PENDING (null)\n\nslurm_load: x\n",
    );
    expect([...states.keys()]).toEqual(["12_0", "12_1", "12_2"]);
    expect([...states.values()].map(isLive)).toEqual([true, false, true]);
    expect(describeState({ state: "NODE_FAIL", reason: "None" })).toBe("NODE_FAIL");
    const accounted = parseAccounting(
      "12_3|CANCELLED by 1000\n12_3.batch|CANCELLED\n13|COMPLETED\n12_4|OUT_OF_MEMORY\n",
    );
    expect([...accounted].map(([name, { state }]) => `${name} ${state}`)).toEqual([
      "12_3 CANCELLED",
      "12_4 OUT_OF_MEMORY",
    ]);
    // As the sacct of Slurm 22.05.8 prints tasks that never ran, with SLURM_BITSTR_LEN=0.
    const pending = parseAccounting("10_0|RUNNING\n10_[2-3,5-7%1]|PENDING\n18_[0-9:3]|CANCELLED by 0\n");
    expect([...pending.keys()]).toEqual([
      "10_0",
      "10_2",
      "10_3",
      "10_5",
      "10_6",
      "10_7",
      "18_0",
      "18_3",
      "18_6",
      "18_9",
    ]);
    expect(pending.get("18_9")?.state).toBe("CANCELLED");
    expect(isLive({ state: "COMPLETED", reason: "" })).toBe(false);
    expect(isLive({ state: "REQUEUED", reason: "BeginTime" })).toBe(true);
    expect(isLive({ state: "PENDING", reason: "JobHeldUser" })).toBe(true);
    expect(isLive({ state: "PENDING", reason: "launch failed requeued held" })).toBe(false);
  });
});

describe("the pause between two looks at the queue", () => {
  it.each([
    [1, 0, 200],
    [1, 2000, 500],
    [50, 0, 1000],
    [50, 60_000, 2000],
    [100_000, 0, 2000],
  ])("with %i tasks, %i ms after a change, is %i ms", (tasks, sinceChangeMs, ms) => {
    expect(pauseBetweenLooks(tasks, sinceChangeMs)).toBe(ms);
  });
});

describe("what a training tells", () => {
  it("are the whole lines that have come since, also of a file that is made later or anew", () => {
    const folder = makeFolder({ "a.jsonl": "old\n" });
    const [a, b] = ["a.jsonl", "b.jsonl"].map((name) => path.join(folder, name)) as [string, string];
    const [linesOfA, linesOfB] = [newLines(a), newLines(b)];
    expect(linesOfA()).toEqual([]);
    expect(linesOfB()).toEqual([]);
    appendFileSync(a, "one\ntwö\nthr");
    writeFileSync(b, "first\n");
    expect(linesOfA()).toEqual(["one", "twö"]);
    expect(linesOfB()).toEqual(["first"]);
    appendFileSync(a, "ee\n");
    expect(linesOfA()).toEqual(["three"]);
    expect(linesOfA()).toEqual([]);
    writeFileSync(a, "new\n");
    expect(linesOfA()).toEqual(["new"]);
  });
});

describe("what is submitted", () => {
  const array = { name: "a2", after: "a1", tasks: [0, 2, 3].map((index) => ({ index, job: stage(`k${index}`) })) };

  it("has the user's options last, and no more of the environment than a job needs", () => {
    process.env.QUANTLENS_SECRET = "x";
    const options = { folder: "/sweeps/50% off", throttle: 4, threads: 2, sbatch: ["--time=60", "--export=ALL"] };
    const args = sbatchArguments(array, "quantlens-x-a2", "77", options);
    delete process.env.QUANTLENS_SECRET;
    expect(args).toEqual(
      expect.arrayContaining(["--array=0,2-3%4", "--dependency=aftercorr:77", "--kill-on-invalid-dep=yes"]),
    );
    expect(args).toEqual(expect.arrayContaining(["--requeue", "--cpus-per-task=2", "--parsable"]));
    expect(args).toContain("--output=/sweeps/50%% off/slurm/logs/a2_%a.log");
    expect(args.join(" ")).not.toContain("SECRET");
    expect(args.slice(-4)).toEqual([
      "--time=60",
      "--export=ALL",
      scriptFile(options.folder),
      jobsFile(options.folder, "a2"),
    ]);
    expect(sbatchArguments(array, "x", undefined, { folder: "/s", sbatch: [] }).join(" ")).not.toMatch(
      /dependency|%4|cpus/,
    );
  });

  it.runIf(process.platform !== "win32")(
    "is a script that calls the job of its index, whatever the folder is called",
    () => {
      const folder = path.join(makeFolder({}), "it's a $HOME `x` folder");
      makeSlurmFolders(folder);
      writeScript({ folder });
      const jobs = jobsFile(folder, "a1");
      const script = readFileSync(scriptFile(folder), "utf8").replace(/^exec .*? sweep/m, "printf '%s|' sweep");
      const run = (index: string, env: Record<string, string> = {}) =>
        execFileSync("sh", ["-c", script, "sh", jobs], {
          env: { ...process.env, SLURM_ARRAY_TASK_ID: index, ...env },
          encoding: "utf8",
        });
      expect(run("1")).toBe(`sweep|job|${folder}|${jobs}|1|--threads|1|`);
      expect(run("2", { SLURM_CPUS_PER_TASK: "4" })).toBe(`sweep|job|${folder}|${jobs}|2|--threads|4|`);
    },
  );

  it("is found by its line, and what is not there is named", () => {
    const folder = makeFolder({});
    const file = path.join(folder, "a1.jobs");
    const jobs: Job[] = [stage("a"), finish(3, "a")];
    writeFileSync(file, jobLines([jobs[0], undefined, jobs[1]]));
    expect([readJob(file, 0), readJob(file, 2)]).toEqual(jobs);
    for (const line of [1, 3, 4]) expect(() => readJob(file, line)).toThrow(`has no job in its line ${line + 1}`);
    expect(() => readJob(path.join(folder, "none"), 0)).toThrow("none");
  });

  it("is known again, in the order in which it was submitted", () => {
    const folder = makeFolder({});
    makeSlurmFolders(folder);
    for (const name of ["a10", "a9"])
      writeArray(folder, { name, jobName: `q-${name}`, id: "5", tasks: [{ index: 0, key: "k" }] });
    writeFiles(folder, { "slurm/arrays/a11.json": "{", "slurm/arrays/a1.jobs": "{}\n" });
    expect(readArrays(folder).map(({ name }) => name)).toEqual(["a9", "a10"]);
    expect(readArrays(makeFolder({}))).toEqual([]);
  });
});
