import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import { missingSlurm } from "./packages.js";
import { processesOfCluster } from "./processes.js";
import { until } from "./until.js";

const missing = missingSlurm();
const folder = mkdtempSync(path.join(os.tmpdir(), "quantlens-cluster-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Brings a cluster up, has it run a job, says where it is, and waits to be killed. */
const program = `import { startSlurm } from "./cluster.js";
startSlurm(2, 1).then(async (cluster) => {
  await cluster.run("sbatch", "--output=/dev/null", "--wrap=sleep 600");
  console.log(cluster.env.SLURM_CONF);
});
process.stdin.resume();`;

const fork = 'require("node:child_process").fork(process.argv[1], { stdio: "inherit" })';

describe.skipIf(missing !== undefined)(`a Slurm for tests${missing === undefined ? "" : ` (${missing})`}`, () => {
  it.each<readonly [string, (file: string) => readonly string[]]>([
    ["the process that has started it", (file) => [file]],
    ["the test runner, whose workers live on", (file) => ["-e", fork, file]],
  ])(
    "ends with %s, even when that is killed",
    async (_, args) => {
      const outfile = path.join(folder, "test/slurm/program.cjs");
      buildSync({
        stdin: { contents: program, resolveDir: import.meta.dirname, loader: "ts" },
        ...{ outfile, bundle: true, platform: "node", format: "cjs", external: ["esbuild"] },
        define: { "import.meta.dirname": JSON.stringify(import.meta.dirname) },
      });
      const child = spawn(process.execPath, args(outfile), {
        env: { ...process.env, NODE_PATH: path.resolve("node_modules") },
        stdio: ["pipe", "pipe", "inherit"],
      });
      const [text] = (await once(child.stdout, "data")) as [Buffer];
      const conf = text.toString().trim();
      const cluster = path.dirname(conf);
      // munged, slurmctld, two nodes, and soon a job with its step daemon.
      await until("a job", () => (processesOfCluster(cluster, conf).length >= 6 ? true : undefined));
      child.kill("SIGKILL");
      await until("the end of Slurm", () => (existsSync(cluster) ? undefined : true));
      expect(processesOfCluster(cluster, conf)).toEqual([]);
    },
    120_000,
  );
});
