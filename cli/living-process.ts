/** Whether a process of this machine lives. */
import { readFileSync } from "node:fs";
import { systemErrorCode } from "./errors.js";

/** `started`: as `startOf` tells it, where it is known: ids of processes are used again. */
export function isLiving(pid: number, started?: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return systemErrorCode(error) === "EPERM";
  }
  const now = startOf(pid);
  return now !== "ended" && (started === undefined || now === undefined || now === started);
}

/** Linux: field 22 of /proc/PID/stat, in clock ticks since the machine started, with the boot's id. */
export function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A process that has ended keeps its id until its parent looks, which in containers may be never.
    if (fields[0] === "Z") return "ended";
    const ticks = fields[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()}:${ticks ?? ""}`;
  } catch {
    return undefined;
  }
}
