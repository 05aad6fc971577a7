/** The Debian packages that a Slurm of one's own needs: found, or installed where this process may. */
import { spawnSync } from "node:child_process";

interface Needed {
  readonly programs: readonly string[];
  readonly packages: readonly string[];
}

const slurm: Needed = {
  programs: ["munged", "unmunge", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo"],
  packages: ["slurmctld", "slurmd", "slurm-client", "munge"],
};

const accounting: Needed = {
  programs: ["slurmdbd", "sacct", "sacctmgr", "mariadbd", "mariadb", "mariadb-install-db"],
  packages: ["slurmdbd", "mariadb-server"],
};

/** Where Debian has daemons; not on the path of an ordinary user. */
export const systemPath = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

/** Why Slurm cannot be run here, in one sentence; `undefined` when it can. Installs the packages as root. */
export function missingSlurm(): string | undefined {
  return missing([slurm]);
}

/** The same for a Slurm that keeps accounts: for those who ask for it, since it brings a database server to the machine. */
export function missingAccounting(): string | undefined {
  return process.env.QUANTLENS_TEST_ACCOUNTING === "1"
    ? missing([slurm, accounting])
    : "QUANTLENS_TEST_ACCOUNTING=1 installs and starts its database";
}

function missing(needed: readonly Needed[]): string | undefined {
  if (process.platform !== "linux") return "a Slurm of one's own needs Linux";
  const lacking = needed.filter(({ programs }) => missingPrograms(programs).length > 0);
  if (lacking.length === 0) return undefined;
  const programs = lacking.flatMap((each) => missingPrograms(each.programs));
  const packages = lacking.flatMap((each) => each.packages);
  const advice = `install Debian's ${packages.join(", ")}`;
  if (process.getuid?.() !== 0) return `${programs.join(", ")} missing, and only root can install: ${advice}`;
  // Another test file may be installing.
  const install = (...args: string[]): boolean =>
    spawnSync("apt-get", ["-o", "DPkg::Lock::Timeout=200", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: "ignore",
      timeout: 240_000,
    }).status === 0;
  const wanted = ["install", "-y", "--no-install-recommends", ...packages];
  if (!install(...wanted)) {
    install("update");
    install(...wanted);
  }
  if (missingPrograms(programs).length === 0) return undefined;
  return `apt-get could not install ${packages.join(", ")}`;
}

function missingPrograms(programs: readonly string[]): readonly string[] {
  return programs.filter(
    (name) => spawnSync("which", [name], { env: { ...process.env, PATH: systemPath }, stdio: "ignore" }).status !== 0,
  );
}
