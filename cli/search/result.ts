/** What a search came to: a table, `result.json` for programs, and a patch that users take. */
import path from "node:path";
import { createTwoFilesPatch } from "diff";
import { formatBits, formatBops, formatChange } from "../../shared/format.js";
import type { TextEdit } from "../../shared/sandbox/edits.js";
import type { Program } from "../../shared/sandbox/program.js";
import { shownPath } from "../output/paths.js";
import { positionAt } from "../output/positions.js";
import { formatPreciseScore } from "../output/scores.js";
import { table, type Column } from "../output/table.js";
import type { Price } from "../train/events/events.js";
import { formatAccuracy } from "../train/run/terminal.js";
import type { SearchManifest } from "./folder.js";
import type { Location } from "./locations.js";

/** A network as it was measured. */
export interface MeasuredNetwork extends Price {
  readonly accuracy: number;
}

/** A number in the source and what it becomes. */
export interface WidthChange {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `int(6)`. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly layers: readonly string[];
  /** Nats, see `sensitivity.ts`. */
  readonly sensitivity: number;
}

export interface SearchResult {
  readonly schema: 1;
  readonly tool: string;
  readonly model: string;
  readonly goal: number;
  readonly minimise: string;
  readonly before: MeasuredNetwork;
  /** After fine-tuning. */
  readonly after: MeasuredNetwork;
  /** Allocations between the widths that are written and the narrowest, and which of them this is. */
  readonly path: { readonly length: number; readonly chosen: number };
  readonly widths: readonly WidthChange[];
  /** UTF-16 offsets into the files as they were, as editors take them. */
  readonly edits: readonly TextEdit[];
}

export interface ResultParts {
  readonly manifest: SearchManifest;
  readonly program: Program;
  readonly locations: readonly Location[];
  readonly bits: readonly number[];
  readonly sensitivities: readonly Readonly<Record<number, number>>[];
  readonly before: MeasuredNetwork;
  readonly after: MeasuredNetwork;
  readonly path: SearchResult["path"];
  readonly edits: readonly TextEdit[];
}

export function resultOf({ manifest, program, locations, bits, sensitivities, ...rest }: ResultParts): SearchResult {
  const { tool, model, settings } = manifest;
  const widths = locations.map(({ site, layers }, index): WidthChange => {
    const text = program.files.get(site.file)?.text ?? "";
    const to = bits[index] ?? site.value;
    return {
      file: shownPath(site.file),
      ...positionAt(text, site.start),
      text: text.slice(site.call.start, site.call.end).replace(/\s+/g, " "),
      from: site.value,
      to,
      layers,
      sensitivity: sensitivities[index]?.[to] ?? 0,
    };
  });
  return { schema: 1, tool, model: model.name, goal: settings.goal, minimise: settings.minimise, ...rest, widths };
}

/** A unified diff that `git apply` and `patch -p1` take in the folder that names are relative to. */
export function patchOf(program: Program, texts: ReadonlyMap<string, string>): string {
  return [...texts]
    .map(([file, text]) => {
      const name = path.relative(process.cwd(), file).replaceAll(path.sep, "/");
      const before = program.files.get(file)?.text ?? "";
      // Without the ruler that the package puts above, which no tool needs.
      return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, text).replace(/^=+\n/, "");
    })
    .join("");
}

const columns: readonly Column<WidthChange>[] = [
  { title: "where", align: "left", shorten: "middle", cell: ({ file, line, column }) => `${file}:${line}:${column}` },
  { title: "quantiser", align: "left", shorten: "end", cell: ({ text }) => text },
  { title: "bits", align: "left", cell: ({ from, to }) => (from === to ? `${from}` : `${from} → ${to}`) },
  { title: "divergence", align: "right", spare: 2, cell: ({ sensitivity }) => sensitivity.toPrecision(2) },
  { title: "layers", align: "left", spare: 1, shorten: "end", cell: ({ layers }) => layersText(layers) },
];

const shownLayers = 3;

function layersText(layers: readonly string[]): string {
  const more = layers.length - shownLayers;
  return `${layers.slice(0, shownLayers).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

export function resultTable({ widths, before, after }: SearchResult): string {
  const line = (name: string, { accuracy, score, bops, memWBits }: MeasuredNetwork): string =>
    `${name} ${formatAccuracy(accuracy)}, score ${formatPreciseScore(score)}, ${formatBops(bops)}, ${formatBits(memWBits)}`;
  return [
    ...table(columns, widths),
    "",
    line("before: accuracy", before),
    `${line("after:  accuracy", after)} (${formatChange(after.score / before.score - 1)} score)`,
  ].join("\n");
}
