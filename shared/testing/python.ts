/** Python with the packages that tests and benchmarks compare with. None is required: without it they say what they skip. */
import { spawnSync } from "node:child_process";

/** The command on the path, and Debian's own Python, whose packages another one on the path does not see. */
const interpreters = ["python3", "/usr/bin/python3"];

/** A Python that can import these modules; `undefined`, and a line on standard error, where there is none. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  const script = modules.map((name) => `import ${name}`).join("\n");
  const found = interpreters.find((python) => spawnSync(python, ["-c", script]).status === 0);
  if (found === undefined)
    process.stderr.write(`no python3 with ${modules.join(" and ")} is installed: what compares with it is skipped\n`);
  return found;
}

/** Runs Python and gives what it printed; throws with what it complained about. */
export function runPython(python: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(python, args, {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...env },
  });
  if (status !== 0) throw new Error(`${python} ${args.join(" ")}:\n${stderr}`);
  return stdout;
}
