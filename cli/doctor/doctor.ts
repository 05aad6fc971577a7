/** `quantlens doctor`: what this machine has, which backends work on it, and where things are looked for. */
import path from "node:path";
import { exitCodes } from "../errors.js";
import { cacheFolder } from "../input/cache-folder.js";
import { resultColors, writeResult } from "../output/streams.js";
import { optionalPackageRoots } from "../train/tfjs/optional-package.js";
import type { DoctorCommandOptions } from "../options.js";
import { backendStates, stateOf, type BackendState } from "./backends.js";
import { describeMachine, type Machine } from "./machine.js";
import { optionalPackages, type OptionalPackage } from "./packages.js";
import { doctorTable } from "./report.js";

export interface Diagnosis {
  readonly version: string;
  readonly machine: Machine;
  readonly backends: readonly BackendState[];
  readonly packages: readonly OptionalPackage[];
  readonly folders: {
    readonly program: string;
    /** Absent where nothing is kept. */
    readonly compiledCode?: string;
    readonly optionalPackages: readonly string[];
  };
}

/** Prints the diagnosis, or with `backend` the state of that one; exit code 1 when not even the built-in backend works. */
export async function doctor({ format, backend }: DoctorCommandOptions, version: string): Promise<number> {
  if (backend !== undefined) {
    writeResult(JSON.stringify(await stateOf(backend)));
    return exitCodes.clean;
  }
  const compiledCode = cacheFolder();
  const diagnosis: Diagnosis = {
    version,
    machine: describeMachine(),
    backends: await backendStates(),
    packages: optionalPackages(),
    folders: {
      program: import.meta.dirname,
      ...(compiledCode !== undefined && { compiledCode }),
      optionalPackages: optionalPackageRoots().map((folder) => path.resolve(folder)),
    },
  };
  writeResult(format === "json" ? JSON.stringify(diagnosis, undefined, 2) : doctorTable(diagnosis, resultColors()));
  const works = diagnosis.backends.some(({ name, usable }) => name === "wasm" && usable);
  return works ? exitCodes.clean : exitCodes.findings;
}
