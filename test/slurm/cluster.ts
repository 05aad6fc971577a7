/**
 * A real Slurm of several nodes on this machine, for tests: munged, slurmctld and one slurmd per node, all on the loopback
 * address, with keys, state and logs in a folder of its own. It reads nothing from /etc, ends only what it has started, and ends with
 * the process that has started it, even when that is killed.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { startAccounting } from "./accounting.js";
import { systemPath } from "./packages.js";
import { killAll, processesOfNode } from "./processes.js";
import { slurmConf } from "./slurm-conf.js";
import { until } from "./until.js";

const call = promisify(execFile);

export interface SlurmCluster {
  /** Of its configuration, state and logs. */
  readonly folder: string;
  /** For the clients: `SLURM_CONF`, and a path with Slurm's programs. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs one of Slurm's programs; gives what it prints. */
  readonly run: (program: string, ...args: string[]) => Promise<string>;
  /** Ends a node's daemon as a crash does; its jobs go on. */
  readonly killDaemon: (node: string) => Promise<void>;
  /** Ends a node's daemon and all its jobs, as when the machine loses its power, and tells the controller, if it is there. */
  readonly loseNode: (node: string) => Promise<void>;
  readonly startNode: (node: string) => Promise<void>;
  /** Ends the controller as a crash does; jobs go on. */
  readonly killController: () => Promise<void>;
  /** Starts it anew; it knows what it has saved. */
  readonly startController: () => Promise<void>;
  /** Loses what the controller, which was killed, has saved about its jobs; numbers of new jobs go on. */
  readonly loseJobs: () => void;
  /** Ends everything at once and removes the folder. */
  readonly down: () => Promise<void>;
}

/** More than any test has: a node refuses a number that it knows. */
const jobsBeforeLoss = 10_000;

export interface ClusterOptions {
  /** Whether it keeps accounts, for `sacct`; see `missingAccounting`. */
  readonly accounting?: boolean;
}

/** Brings up `nodes` nodes n1, n2, ... of `cpus` processors each. Throws when a daemon does not come up. */
export async function startSlurm(nodes: number, cpus: number, options: ClusterOptions = {}): Promise<SlurmCluster> {
  const cluster = new Cluster(nodes);
  try {
    await cluster.start(cpus, options);
    return cluster;
  } catch (error) {
    const logs = cluster.logs();
    await cluster.down();
    throw new Error(`Slurm did not come up: ${String(error)}\n${logs}`, { cause: error });
  }
}

class Cluster implements SlurmCluster {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), "quantlens-slurm-"));
  private readonly conf = path.join(this.folder, "slurm.conf");
  private readonly watchdog: ChildProcess;
  private readonly daemons = new Map<string, ChildProcess>();
  private readonly names: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  private losses = 0;

  constructor(nodes: number) {
    this.names = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
    this.env = { PATH: systemPath, SLURM_CONF: this.conf };
    chmodSync(this.folder, 0o755);
    for (const name of ["state", "log", "pid", ...this.names.map((node) => `spool.${node}`)])
      mkdirSync(path.join(this.folder, name));
    this.watchdog = this.startWatchdog();
    // A worker of the test runner outlives it when that is killed.
    process.once("disconnect", this.release);
  }

  private startWatchdog(): ChildProcess {
    const program = path.join(this.folder, "watchdog.cjs");
    const entryPoints = [path.join(import.meta.dirname, "watchdog.ts")];
    buildSync({ entryPoints, outfile: program, bundle: true, platform: "node", format: "cjs" });
    return spawn(process.execPath, [program, this.folder, this.conf], {
      stdio: ["pipe", "ignore", "inherit"],
      detached: true,
    });
  }

  readonly run = async (program: string, ...args: string[]): Promise<string> => {
    const { stdout } = await call(program, args, { env: { ...process.env, ...this.env }, timeout: 30_000 });
    return stdout.trim();
  };

  async start(cpus: number, { accounting = false }: ClusterOptions): Promise<void> {
    await this.startMunge();
    const [controller = 0, accounts = 0, ...ports] = await freePorts(this.names.length + 2);
    const nodes = this.names.map((name, index) => ({ name, port: ports[index] ?? 0 }));
    const layout = { folder: this.folder, controller, nodes, cpus, ...(accounting && { accounting: accounts }) };
    writeFileSync(this.conf, slurmConf(layout));
    // Without this file a node's daemon looks for the machine's control groups.
    writeFileSync(path.join(this.folder, "cgroup.conf"), "CgroupPlugin=cgroup/v1\n");
    if (accounting) {
      const { folder, run, tried, spawn } = this;
      await startAccounting({ folder, port: accounts, run, tried, spawn });
    }
    await this.startController();
    for (const node of this.names) this.spawnNode(node);
    for (const node of this.names) await this.untilIdle(node);
  }

  readonly startController = async (): Promise<void> => {
    this.spawn("slurmctld", ["slurmctld", "-D", "-f", this.conf]);
    await until("slurmctld", async () => ((await this.tried("scontrol", "ping")).includes("is UP") ? true : undefined));
  };

  private async startMunge(): Promise<void> {
    const at = (name: string): string => path.join(this.folder, name);
    writeFileSync(at("munge.key"), randomBytes(128), { mode: 0o600 });
    this.spawn("munged", [
      "munged",
      "--force",
      "--foreground",
      `--key-file=${at("munge.key")}`,
      `--socket=${at("munge.socket")}`,
      `--pid-file=${at("pid/munged.pid")}`,
      `--log-file=${at("log/munged.log")}`,
      `--seed-file=${at("munge.seed")}`,
    ]);
    await until("munged", async () => {
      const credential = await this.tried("munge", "-S", at("munge.socket"), "-n");
      return credential.startsWith("MUNGE:") ? true : undefined;
    });
  }

  /** What a program prints; nothing when it fails. */
  private readonly tried = (program: string, ...args: string[]): Promise<string> =>
    this.run(program, ...args).catch(() => "");

  private readonly spawn = (
    name: string,
    [program = "", ...args]: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): void => {
    const out = openSync(this.logOf(name), "a");
    // A group of its own: Ctrl-C in the terminal of the tests is not for the daemons.
    const child = spawn(program, args, {
      env: { ...process.env, ...this.env, ...env },
      stdio: ["ignore", out, out],
      detached: true,
    });
    child.on("error", () => undefined);
    closeSync(out);
    this.daemons.set(name, child);
  };

  private spawnNode(node: string): void {
    this.spawn(node, ["slurmd", "-D", "-N", node, "-f", this.conf]);
  }

  private logOf(name: string): string {
    return path.join(this.folder, "log", `${name}.log`);
  }

  private async untilIdle(node: string): Promise<void> {
    await until(`the node ${node}`, async () => {
      const state = await this.tried("sinfo", "-h", "-N", "-n", node, "-o", "%t");
      return ["idle", "mix", "alloc"].includes(state) ? true : undefined;
    });
  }

  readonly killController = (): Promise<void> => this.killDaemon("slurmctld");

  readonly loseJobs = (): void => {
    for (const name of readdirSync(path.join(this.folder, "state")).filter((each) => each.startsWith("job_state")))
      rmSync(path.join(this.folder, "state", name));
    this.losses++;
    appendFileSync(this.conf, `FirstJobId=${this.losses * jobsBeforeLoss}\n`);
  };

  readonly killDaemon = async (name: string): Promise<void> => {
    const daemon = this.daemons.get(name);
    if (daemon === undefined) throw new Error(`there is no ${name}`);
    const gone = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await gone;
  };

  readonly loseNode = async (node: string): Promise<void> => {
    const jobs = this.processes(node);
    await this.killDaemon(node);
    killAll(jobs);
    // The controller would notice it as well, after its SlurmdTimeout; one that is away notices it later.
    await this.tried("scontrol", "update", `nodename=${node}`, "state=DOWN", "reason=lost");
  };

  readonly startNode = async (node: string): Promise<void> => {
    this.spawnNode(node);
    await this.tried("scontrol", "update", `nodename=${node}`, "state=RESUME");
    await this.untilIdle(node);
  };

  private readonly release = (): void => {
    this.watchdog.stdin?.end();
  };

  readonly down = async (): Promise<void> => {
    const gone = once(this.watchdog, "exit");
    this.release();
    await gone;
    process.off("disconnect", this.release);
  };

  private processes(node: string): readonly number[] {
    return processesOfNode({ log: this.logOf(node), conf: this.conf, node });
  }

  /** The ends of all logs, for the message of a failure. */
  logs(): string {
    return ["munged", "mariadbd", "slurmdbd", "slurmctld", ...this.names]
      .filter((name) => this.daemons.has(name))
      .map((name) => `== ${name}\n${readFileSync(this.logOf(name), "utf8").slice(-1500)}`)
      .join("\n");
  }
}

/** Ports that nothing listens on. They are all asked for before one is given back, so that no two are the same. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve) =>
        server.listen(0, "127.0.0.1", () => {
          resolve(server);
        }),
      );
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
