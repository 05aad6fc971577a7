/** Builds the server as it is shipped, into a folder of its own: what the protocol tests start. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { build, type BuildOptions, type Plugin } from "esbuild";

const root = path.resolve(import.meta.dirname, "../..");

const typescriptApart: Plugin = {
  name: "typescript-apart",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^typescript$/ }, () => ({ path: "./typescript.cjs", external: true }));
  },
};

const node: BuildOptions = {
  platform: "node",
  target: "node20",
  format: "cjs",
  define: { "import.meta.dirname": "__dirname" },
};

export interface ServerBundle {
  /** Has `server.cjs` and the files that it loads. */
  readonly folder: string;
  remove(): Promise<void>;
}

export async function buildServer(): Promise<ServerBundle> {
  const folder = await mkdtemp(path.join(tmpdir(), "quantlens-server-"));
  const bundle = (entry: string, file: string, options: BuildOptions): Promise<unknown> =>
    build({
      absWorkingDir: root,
      entryPoints: [entry],
      outfile: path.join(folder, file),
      bundle: true,
      minify: true,
      logLevel: "warning",
      ...options,
    });
  await Promise.all([
    bundle("server/src/server.ts", "server.cjs", { ...node, plugins: [typescriptApart] }),
    bundle("shared/sandbox/worker.ts", "sandbox-worker.cjs", node),
    bundle("shared/sandbox/guest.ts", "dsl-sandbox.js", { platform: "neutral", target: "es2023", format: "esm" }),
    bundle("typescript", "typescript.cjs", node),
  ]);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
