/** The sandbox for tests: the worker and the DSL are bundled from their sources when the first test asks. */
import path from "node:path";
import { build } from "esbuild";
import { evaluateModel, type EvaluateOptions, type Evaluation, type SandboxHost } from "../sandbox/evaluate.js";
import { createSandboxRunner, type SandboxRunner } from "../sandbox/runner.js";

const sandbox = path.resolve(import.meta.dirname, "../sandbox");

/** The text of one file with everything that it imports; `dsl` replaces the DSL by another module. */
async function bundle(file: string, format: "cjs" | "esm", dsl?: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(sandbox, file)],
    bundle: true,
    write: false,
    format,
    platform: format === "cjs" ? "node" : "neutral",
    target: "es2022",
    ...(dsl !== undefined && {
      plugins: [
        {
          name: "dsl",
          setup: (bundler) => {
            bundler.onResolve({ filter: /remote-dsl\.js$/ }, () => ({ path: dsl }));
          },
        },
      ],
    }),
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${file}`);
  return output.text;
}

/** A new runner; to be disposed of by the caller. `dsl` is the path of a module that stands in for the DSL. */
export async function createTestRunner(dsl?: string): Promise<SandboxRunner> {
  const [code, guest] = await Promise.all([bundle("worker.ts", "cjs"), bundle("guest.ts", "esm", dsl)]);
  return createSandboxRunner({ worker: { code }, guest });
}

let shared: Promise<SandboxRunner> | undefined;

/** The runner that all tests of a file share. Its workers do not keep the process alive. */
export function testRunner(): Promise<SandboxRunner> {
  shared ??= createTestRunner();
  return shared;
}

/** A host whose files are given by name; relative imports are resolved as in a folder. */
export function memoryHost(files: Readonly<Record<string, string>>, runner: SandboxRunner): SandboxHost {
  return {
    runner,
    readFile: (file) => Promise.resolve(files[file]),
    resolve: (from, specifier) => path.posix.join(path.posix.dirname(from), specifier),
  };
}

export const testLimits = { deadlineMs: 5000, memoryMb: 128 } as const;

/** Evaluates the first of the files. */
export async function evaluateFiles(
  files: Readonly<Record<string, string>>,
  options: Partial<EvaluateOptions> = {},
): Promise<Evaluation> {
  const [entry = ""] = Object.keys(files);
  return evaluateModel(entry, memoryHost(files, await testRunner()), { ...testLimits, ...options });
}
