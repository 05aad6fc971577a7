/** Accounts for a test's Slurm: a MariaDB with a socket and data of its own, and slurmdbd before it. */
import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { until } from "./until.js";

/** The cluster that the accounts are of. */
export interface AccountedCluster {
  readonly folder: string;
  /** Port of slurmdbd. */
  readonly port: number;
  readonly run: (program: string, ...args: string[]) => Promise<string>;
  /** What a program prints; nothing when it fails. */
  readonly tried: (program: string, ...args: string[]) => Promise<string>;
  readonly spawn: (name: string, command: readonly string[], env?: Readonly<Record<string, string>>) => void;
}

const database = "slurm";

/** Brings the accounts up, for the controller that is started next. */
export async function startAccounting({ folder, port, run, tried, spawn }: AccountedCluster): Promise<void> {
  const [data, socket] = [dataFolder(folder), socketOf(folder)];
  const user = os.userInfo().username;
  const own = ["--no-defaults", `--user=${user}`, `--datadir=${data}`, "--innodb-log-file-size=8M"];
  mkdirSync(data, { mode: 0o700 });
  await run("mariadb-install-db", ...own, "--skip-test-db", `--auth-root-socket-user=${user}`);
  spawn("mariadbd", [
    "mariadbd",
    ...own,
    ...[`--socket=${socket}`, `--pid-file=${folder}/pid/mariadbd.pid`, "--skip-networking"],
    ...["--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=900", "--innodb-flush-log-at-trx-commit=0"],
  ]);
  const sql = sqlOptions(folder);
  await until("mariadbd", async () => ((await tried("mariadb", ...sql, "select 1")) === "" ? undefined : true));
  const password = "slurm";
  const grants = `create user slurm@localhost identified by '${password}'; grant all on ${database}.* to slurm@localhost`;
  await run("mariadb", ...sql, `create database slurm; ${grants}`);
  // It refuses a file that others may read.
  writeFileSync(path.join(folder, "slurmdbd.conf"), slurmdbdConf(folder, port, password), { mode: 0o600 });
  spawn("slurmdbd", ["slurmdbd", "-D"], { MYSQL_UNIX_PORT: socket });
  await until("slurmdbd", async () => {
    const clusters = await tried("sacctmgr", "--immediate", "--noheader", "list", "cluster", "format=cluster");
    if (clusters.includes("quantlens")) return true;
    await tried("sacctmgr", "--immediate", "add", "cluster", "quantlens");
    return undefined;
  });
}

function dataFolder(folder: string): string {
  return path.join(folder, "accounts");
}

function socketOf(folder: string): string {
  return path.join(dataFolder(folder), "socket");
}

/** Of `mariadb`, before a statement. Tables are named with their database: `slurm.quantlens_job_table`. */
export function sqlOptions(folder: string): readonly string[] {
  const user = os.userInfo().username;
  return ["--no-defaults", `--user=${user}`, `--socket=${socketOf(folder)}`, "--execute"];
}

/** `slurmdbd.conf`: see its manual page for what each line means. */
function slurmdbdConf(folder: string, port: number, password: string): string {
  return `AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket
DbdHost=${os.hostname().split(".")[0] ?? "localhost"}
DbdAddr=127.0.0.1
DbdPort=${port}
# Not on the network.
CommunicationParameters=NoCtldInAddrAny
SlurmUser=${os.userInfo().username}
LogFile=${folder}/log/slurmdbd.log
PidFile=${folder}/pid/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=${password}
StorageLoc=${database}
`;
}
