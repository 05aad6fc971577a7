/** The processes of a test's Slurm: which they are, and how they end. Linux only: they are found in /proc. */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** What belongs to one node: its step daemons hold its log open, and the jobs below them know its name. */
export interface NodeMark {
  readonly log: string;
  readonly conf: string;
  readonly node: string;
}

/** The processes of a node besides its daemon: step daemons, jobs and what these have started. */
export function processesOfNode({ log, conf, node }: NodeMark): readonly number[] {
  return otherProcesses().filter(
    (pid) => isStepDaemon(pid, log) || hasVariables(pid, [`SLURM_CONF=${conf}`, `SLURMD_NODENAME=${node}`]),
  );
}

/** All processes of a cluster: its daemons and clients, jobs and what these have started. */
export function processesOfCluster(folder: string, conf: string): readonly number[] {
  return otherProcesses().filter(
    (pid) => hasVariables(pid, [`SLURM_CONF=${conf}`]) || hasOpen(pid, (file) => file.startsWith(`${folder}/`)),
  );
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

function otherProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && pid !== process.ppid);
}

/** Some daemons overwrite their environment by their title, so they are known by the log that they have inherited. */
function isStepDaemon(pid: number, log: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).includes("slurmstepd") && hasOpen(pid, (file) => file === log);
  } catch {
    return false;
  }
}

/** Whether a process that can be looked into has such a file open. */
function hasOpen(pid: number, isWanted: (file: string) => boolean): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => isWanted(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

function hasVariables(pid: number, wanted: readonly string[]): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    return wanted.every((entry) => environment.includes(entry));
  } catch {
    return false;
  }
}
