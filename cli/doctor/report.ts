/** The diagnosis for a person. */
import type { Colors } from "../output/colors.js";
import { table } from "../output/table.js";
import type { BackendState } from "./backends.js";
import type { Diagnosis } from "./doctor.js";
import type { Machine } from "./machine.js";

export function doctorTable({ version, machine, backends, packages, folders }: Diagnosis, colors: Colors): string {
  return [
    colors.bold(`QuantLens ${version}`),
    ...pairs([
      ["Node", `${machine.node} (V8 ${machine.v8}) on ${machine.platform}`],
      ["processor", processorText(machine)],
      ["memory", memoryText(machine)],
    ]),
    "",
    colors.bold("Training backends"),
    ...backends.map((state) => backendLine(state, colors)),
    "",
    colors.bold("Optional packages"),
    ...pairs(
      packages.map(({ name, purpose, installed }) => [
        name,
        installed ? `${installed.version} in ${installed.folder}` : `not installed; ${purpose} needs it`,
      ]),
    ),
    "",
    colors.bold("Folders"),
    ...pairs([
      ["program", folders.program],
      ["compiled code", folders.compiledCode ?? "none: it is compiled anew at each start"],
      ["packages", folders.optionalPackages.join(", then ")],
    ]),
  ].join("\n");
}

function backendLine({ name, usable, detail }: BackendState, colors: Colors): string {
  return `  ${usable ? colors.green("yes") : colors.yellow("no ")}  ${name.padEnd(10)}  ${detail}`;
}

function processorText({ processor, threads, vectorExtensions }: Machine): string {
  const extensions = vectorExtensions ? `, ${vectorExtensions.join(" ")}` : "";
  return `${processor}, ${threads} ${threads === 1 ? "thread" : "threads"}${extensions}`;
}

function memoryText({ memoryBytes, freeMemoryBytes, memoryLimitBytes }: Machine): string {
  const limit = memoryLimitBytes === undefined ? "" : `, of which this process may use ${gibibytes(memoryLimitBytes)}`;
  return `${gibibytes(memoryBytes)}, ${gibibytes(freeMemoryBytes)} free${limit}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

function pairs(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const lines = table(
    [
      { title: "", align: "left", cell: ([name]: readonly [string, string]) => name },
      { title: "", align: "left", cell: ([, value]) => value },
    ],
    rows,
    // Paths and sentences, of which nothing can be left out; the value is the last on its line.
    { width: Infinity },
  );
  return lines.slice(1).map((line) => `  ${line}`);
}
