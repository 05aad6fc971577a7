/** Python with the packages that tests and benchmarks compare with. None is required: without it they say what they skip. */
import { spawnSync } from "node:child_process";

/** The command on the path, and Debian's own Python, whose packages another one on the path does not see. */
const interpreters = ["python3", "/usr/bin/python3"];

/** A Python that can import a module; `undefined`, and a line on standard error, where there is none. */
export function pythonWith(module: string): string | undefined {
  const found = interpreters.find((python) => spawnSync(python, ["-c", `import ${module}`]).status === 0);
  if (found === undefined)
    process.stderr.write(`no python3 with ${module} is installed: what compares with it is skipped\n`);
  return found;
}
