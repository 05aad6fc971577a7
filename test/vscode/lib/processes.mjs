/** Which processes run, from Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** Ids of the processes that descend from `root` and have `text` in their command line. */
export function descendantsWith(root, text) {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const parents = new Map(processes.map((pid) => [Number(pid), parentOf(pid)]));
  const descends = (pid) => pid !== undefined && pid !== 0 && (pid === root || descends(parents.get(pid)));
  return [...parents.keys()].filter((pid) => pid !== root && descends(pid) && commandOf(pid).includes(text));
}

/** A process may end between listing and reading: it has no parent and no command then. */
function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function commandOf(pid) {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Ends a process at once; one that has ended already is fine. */
export function endProcess(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was gone.
  }
}
