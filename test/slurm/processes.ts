/** The processes of a test's Slurm: which they are, and how they end. Linux only: they are found in /proc. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** What belongs to one node: its step daemons hold its log open, and the jobs below them know its name. */
export interface NodeMark {
  readonly log: string;
  readonly conf: string;
  /** Absent: any node. */
  readonly node?: string;
}

/** The processes of a node besides its daemon: step daemons, jobs and what these have started. */
export function processesOf(mark: NodeMark): readonly number[] {
  return processIds().filter((pid) => pid !== process.pid && (isStepDaemon(pid, mark.log) || isJob(pid, mark)));
}

/** Ends processes at once. One that has ended already is no error. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function processIds(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Step daemons overwrite their environment by their title, so they are known by the log that they have inherited. */
function isStepDaemon(pid: number, log: string): boolean {
  try {
    if (!readlinkSync(`/proc/${pid}/exe`).includes("slurmstepd")) return false;
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === log);
  } catch {
    return false;
  }
}

function isJob(pid: number, { conf, node }: NodeMark): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    if (!environment.includes(`SLURM_CONF=${conf}`)) return false;
    return environment.some((entry) =>
      node === undefined ? entry.startsWith("SLURMD_NODENAME=") : entry === `SLURMD_NODENAME=${node}`,
    );
  } catch {
    return false;
  }
}
