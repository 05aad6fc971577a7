/** Python with the packages that a test needs; Debian's own where the one of the path has them not. */
import { spawnSync } from "node:child_process";

/** The interpreter that can import these modules, or `undefined`. */
export function pythonWith(...modules: readonly string[]): string | undefined {
  const script = modules.map((name) => `import ${name}`).join("\n");
  return ["python3", "/usr/bin/python3"].find((python) => spawnSync(python, ["-c", script]).status === 0);
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
