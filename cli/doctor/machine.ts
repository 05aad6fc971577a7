/** What this machine and its Node can do. */
import { readFileSync } from "node:fs";
import os from "node:os";

export interface Machine {
  readonly platform: string;
  readonly processor: string;
  /** That can run at once. */
  readonly threads: number;
  /** The processor's vector extensions, where the system names them (Linux). */
  readonly vectorExtensions: readonly string[] | undefined;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
  /** Set where the system limits this process to less than the machine has (a container). */
  readonly memoryLimitBytes: number | undefined;
  readonly node: string;
  readonly v8: string;
}

export function describeMachine(): Machine {
  const memoryBytes = os.totalmem();
  const limit = process.constrainedMemory();
  return {
    platform: `${process.platform} ${process.arch}`,
    processor: os.cpus()[0]?.model.trim() ?? "unknown",
    threads: os.availableParallelism(),
    vectorExtensions: vectorExtensions(readCpuInfo()),
    memoryBytes,
    freeMemoryBytes: os.freemem(),
    memoryLimitBytes: limit > 0 && limit < memoryBytes ? limit : undefined,
    node: process.version,
    v8: process.versions.v8,
  };
}

function readCpuInfo(): string | undefined {
  try {
    return readFileSync("/proc/cpuinfo", "latin1");
  } catch {
    return undefined;
  }
}

const known = [
  "sse4_1",
  "avx",
  "avx2",
  "fma",
  "avx512f",
  "avx512_vnni",
  "avx_vnni",
  "amx_tile",
  "asimd",
  "sve",
  "sve2",
];

/** The extensions that matter here, out of the text of `/proc/cpuinfo` on x86 ("flags") or ARM ("Features"). */
export function vectorExtensions(cpuInfo: string | undefined): readonly string[] | undefined {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuInfo ?? "")?.[1];
  const flags = line?.trim().split(/\s+/);
  return flags && known.filter((flag) => flags.includes(flag));
}
