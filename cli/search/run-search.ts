/** The steps of a search: weights, sensitivities, allocations, and trials of those. Each is kept, and taken up when it is there. */
import path from "node:path";
import type { Graph } from "../../shared/graph/graph.js";
import { computeTotals } from "../../shared/cost/cost.js";
import { score } from "../../shared/cost/score.js";
import { withoutUndefined } from "../../shared/dsl/options.js";
import type { CostChange } from "../../shared/cost/types.js";
import { formatCount, formatShare } from "../../shared/format.js";
import type { Program } from "../../shared/sandbox/program.js";
import { CliError } from "../errors.js";
import { evaluateSession } from "../evaluate/evaluate.js";
import { overall } from "../evaluate/metrics.js";
import { shownPath } from "../output/paths.js";
import { startProgress } from "../output/progress.js";
import { formatPreciseScore } from "../output/scores.js";
import { writeMessage } from "../output/streams.js";
import type { Price } from "../train/events/events.js";
import type { StageRecord } from "../train/checkpoint/state.js";
import type { TrainableModel } from "../train/model.js";
import { decisive } from "../train/run/context.js";
import { weightedGraph } from "../train/run/measure.js";
import { putNetwork } from "../train/run/network.js";
import { openRun, type OpenedRun } from "../train/run/open.js";
import type { RunSettings } from "../train/run/settings.js";
import { formatAccuracy } from "../train/run/terminal.js";
import type { StartNetwork } from "../train/run/trainee.js";
import { allocationPath, type Allocation } from "./allocate.js";
import { lastPassing } from "./bisect.js";
import { editedTexts, loadEdited, type EditedTexts } from "./edited-model.js";
import {
  readSensitivities,
  searchFiles,
  writeSensitivities,
  type SearchManifest,
  type SearchSettings,
} from "./folder.js";
import { searchLocations, type Location } from "./locations.js";
import { resultOf, type MeasuredNetwork, type SearchResult } from "./result.js";
import { sensitivityMeter, type Sensitivity } from "./sensitivity.js";
import { runIn, withShortRecipe, type TrialParts } from "./trial.js";

export interface SearchParts extends TrialParts {
  /** The search's. */
  readonly folder: string;
  readonly manifest: SearchManifest;
  readonly model: TrainableModel;
  readonly program: Program;
}

/** What the search found. */
export interface SearchOutcome {
  readonly result: SearchResult;
  readonly texts: EditedTexts["texts"];
  /** The weights of the network that was chosen. */
  readonly weights: string;
}

/**
 * Runs a search to its end. `undefined` when the network misses the accuracy even with the widths that are written. Throws a
 * `CliError` when it cannot run, an `InterruptedError` when it is interrupted.
 */
export async function runSearch(parts: SearchParts): Promise<SearchOutcome | undefined> {
  const { manifest, model, program } = parts;
  const { settings } = manifest;
  const weights = settings.weights ?? (await trainBase(parts));
  const short = withShortRecipe(model, settings.epochs);
  const opened = await openRun(model.file, trialSettings(settings, weights), true, short);
  const start = opened.start;
  if (start === undefined) throw new Error("a search begins with weights");
  let found: Measured;
  try {
    found = await measure(parts, opened, start);
  } finally {
    await opened.close();
  }
  const { locations, path: allocations, before, sensitivities } = found;
  const trials = new Map<number, StageRecord>();
  const passes = async (index: number): Promise<boolean> => {
    // The network as it is needs no training when it has the accuracy.
    if (index === 0 && before.accuracy >= settings.goal) return true;
    const record = await trial(parts, { locations, weights }, index, allocations[index]);
    if (record !== undefined) trials.set(index, record);
    return record !== undefined && decisive(record.accuracy) >= settings.goal;
  };
  const chosen = await lastPassing(allocations.length, passes);
  if (chosen === undefined) return undefined;
  const bits = allocations[chosen]?.bits ?? [];
  const { edits, texts } = editedTexts(program, model.graph, locations, bits);
  const record = trials.get(chosen);
  const after: MeasuredNetwork = record
    ? { accuracy: decisive(record.accuracy), ...record.network.cost[settings.flavor] }
    : before;
  const where = { length: allocations.length, chosen };
  const result = resultOf({ manifest, program, locations, bits, sensitivities, before, after, path: where, edits });
  const trained = record && path.join(trialFolder(parts, chosen), record.files.last);
  return { result, texts, weights: trained ?? weights };
}

/** Runs the model's own recipe; gives its last network. */
async function trainBase({ folder, manifest, model, ...trial }: SearchParts): Promise<string> {
  const place = path.join(folder, searchFiles.base);
  const settings: RunSettings = { ...baseSettings(manifest.settings), command: "train" };
  const record = await runIn(place, model, settings, trial);
  if (record === undefined) throw new CliError(`The training in ${shownPath(place)} diverged: see its report.`);
  return path.join(place, record.files.last);
}

function baseSettings(settings: SearchSettings): Omit<RunSettings, "command"> {
  const { run, param, backend, threads, flavor, data, limitFrames, validation, seed } = settings;
  const chosen = withoutUndefined({ param, data, limitFrames, validation, seed });
  return { run, backend, threads, flavor, restarts: 0, tensorboard: false, ...chosen };
}

function trialSettings(settings: SearchSettings, weights: string): RunSettings {
  return { ...baseSettings(settings), command: "finetune", stage: 1, from: weights, untilAccuracy: settings.goal };
}

interface Measured {
  readonly locations: readonly Location[];
  /** By location. */
  readonly sensitivities: readonly Sensitivity[];
  readonly path: readonly Allocation[];
  readonly before: MeasuredNetwork;
}

/** Everything that needs no training. */
async function measure(parts: SearchParts, opened: OpenedRun, network: StartNetwork): Promise<Measured> {
  const { manifest, model, program } = parts;
  const { settings } = manifest;
  const { flavor, minBits } = settings;
  const locations = searchLocations({ program, graph: model.graph, trained: model.program }, flavor, minBits);
  if (locations.length === 0) {
    throw new CliError(
      `${shownPath(model.file)} has no width that could be made smaller: write widths of more than ${minBits} bits as numbers, as in int(6).`,
    );
  }
  const graph = weightedGraph(model, { program: model.program, ...network });
  const priceAt = (bits: readonly number[]): Price => priceOf(graph, model, settings, changesOf(locations, bits));
  const accuracy = await accuracyOf(opened, network, { threads: settings.threads, signal: parts.signal });
  const before = { accuracy, ...priceAt(locations.map(({ site }) => site.value)) };
  const layers = new Set(locations.flatMap((location) => location.layers)).size;
  writeMessage(
    `${formatCount(locations.length)} widths in the source, of ${formatCount(layers)} layers; as written: accuracy ${formatAccuracy(accuracy)}, score ${formatPreciseScore(before.score)}`,
  );
  const sensitivities = await measureSensitivities(parts, opened, network, locations);
  const allocated = locations.map(({ widths }, index) => ({ widths, sensitivity: sensitivities[index] ?? {} }));
  const path = allocationPath(allocated, (bits) => priceAt(bits)[settings.minimise]);
  return { locations, sensitivities, path, before };
}

function changesOf(locations: readonly Location[], bits: readonly number[]): readonly CostChange[] {
  return locations.flatMap(({ site }, index) =>
    bits[index] === site.value
      ? []
      : site.nodes.map((node) => ({ kind: "bits" as const, node, bits: bits[index] ?? site.value })),
  );
}

function priceOf(
  graph: Graph,
  { baseline }: TrainableModel,
  { flavor }: SearchSettings,
  changes: readonly CostChange[],
): Price {
  const totals = computeTotals(graph, { flavor, discountSparsity: true, changes });
  return { score: score(totals, baseline), bops: totals.bops, memWBits: totals.memWBits };
}

/** Of the held-out samples if there are any, else of the test data: what trials are judged by, too. */
async function accuracyOf(
  { backend, model, data, batchSize }: OpenedRun,
  network: StartNetwork,
  { threads, signal }: { readonly threads: number; readonly signal: AbortSignal },
): Promise<number> {
  const session = await backend.open(model.program, { batchSize, threads, inferenceOnly: true });
  try {
    putNetwork(session, network);
    const subset = data.validation ?? data.test;
    return overall(await evaluateSession(session, subset, { batchSize, classes: model.classes, signal })).accuracy;
  } finally {
    await session.close();
  }
}

async function measureSensitivities(
  { folder, manifest, model, signal }: SearchParts,
  { backend, data }: OpenedRun,
  network: StartNetwork,
  locations: readonly Location[],
): Promise<readonly Sensitivity[]> {
  const { samples: limit, threads } = manifest.settings;
  let known = readSensitivities(folder);
  const missing = locations.filter((location) => known[keyOf(location)] === undefined);
  if (missing.length > 0) {
    const progress = startProgress("measuring", missing.length, "widths");
    try {
      const meter = await sensitivityMeter({
        ...{ backend, program: model.program, network, signal },
        samples: { subset: data.train, limit },
        threads,
      });
      for (const [index, location] of missing.entries()) {
        known = { ...known, [keyOf(location)]: await meter(location) };
        writeSensitivities(folder, known);
        progress.update(index + 1);
      }
    } finally {
      progress.end();
    }
  }
  return locations.map((location) => known[keyOf(location)] ?? {});
}

/** The file's place decides, not its text: sources that changed are another search. */
function keyOf({ site }: Location): string {
  return `${shownPath(site.file)}:${site.start}`;
}

function trialFolder({ folder }: SearchParts, index: number): string {
  return path.join(folder, searchFiles.candidates, String(index).padStart(4, "0"));
}

/** Fine-tunes the network of an allocation. `undefined` when that diverges. */
async function trial(
  parts: SearchParts,
  { locations, weights }: { readonly locations: readonly Location[]; readonly weights: string },
  index: number,
  allocation: Allocation | undefined,
): Promise<StageRecord | undefined> {
  if (allocation === undefined) throw new Error(`there is no allocation ${index}`);
  const { program, model, manifest, ...trialParts } = parts;
  const { settings } = manifest;
  const { texts } = editedTexts(program, model.graph, locations, allocation.bits);
  const edited = withShortRecipe(await loadEdited(model.file, settings, program, texts), settings.epochs);
  writeMessage(
    `\nstep ${index}: ${allocation.bits.join(" ")} bits, ${settings.minimise} ${formatCost(settings, allocation.cost)} at the zeros of now`,
  );
  const record = await runIn(trialFolder(parts, index), edited, trialSettings(settings, weights), trialParts);
  const accuracy = record === undefined ? 0 : decisive(record.accuracy);
  const verdict = accuracy >= settings.goal ? "keeps" : "misses";
  writeMessage(`step ${index} ${verdict} ${formatShare(settings.goal)}: accuracy ${formatAccuracy(accuracy)}`);
  return record;
}

function formatCost({ minimise }: SearchSettings, cost: number): string {
  return minimise === "score" ? formatPreciseScore(cost) : formatCount(Math.round(cost));
}
