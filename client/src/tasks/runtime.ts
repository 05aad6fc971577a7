/** Which program runs the command line: the user's Node, or VS Code's own runtime where there is none. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What `ProcessExecution` needs to run a JavaScript file. */
export interface Runtime {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** For the log: which one it is and why. */
  readonly description: string;
}

/** What the extension's own process says about itself. */
export interface Host {
  readonly execPath: string;
  readonly versions: { readonly node: string; readonly electron?: string | undefined };
}

/** The oldest Node that the command line runs on. */
const leastMajor = 20;
const answerMs = 10_000;
const question = 'process.stdout.write(process.versions.node + "\\n" + process.execPath)';

/**
 * The runtime for tasks. `wanted` is the setting `quantlens.node`: a path, or empty for `node` on the PATH. Never
 * rejects: where that Node does not answer or is too old the host's runtime stands in.
 */
export async function findRuntime(wanted: string, host: Host): Promise<Runtime> {
  const name = wanted === "" ? "node" : wanted;
  try {
    const { stdout } = await promisify(execFile)(name, ["-e", question], { timeout: answerMs, windowsHide: true });
    const [version = "", program = name] = stdout.split("\n");
    if (majorOf(version) >= leastMajor) return { program, env: {}, description: `Node ${version} (${program})` };
    return hostRuntime(host, `${name} is version ${version}, and ${leastMajor} is needed`);
  } catch {
    return hostRuntime(host, `${name} was not found or does not answer`);
  }
}

/** Electron runs a script as Node does when it is told to. */
function hostRuntime({ execPath, versions }: Host, reason: string): Runtime {
  return {
    program: execPath,
    env: versions.electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: "1" },
    description: `VS Code's own Node ${versions.node}, because ${reason}`,
  };
}

function majorOf(version: string): number {
  return Number(/^(\d+)\./.exec(version)?.[1] ?? 0);
}
