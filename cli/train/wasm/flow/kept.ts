/** Memory for tensors that are kept for the whole batch. */
import { roundUp } from "../layout.js";
import type { Flow, NodeId } from "./flow.js";
import type { Host } from "./hosting.js";
import { packIntervals } from "./intervals.js";
import type { Region } from "./place.js";
import type { Item, Schedule } from "./schedule.js";

/** Lines of the processor's caches. */
const alignment = 64;

/** When a tensor is written first and read last: a stage, and an item within it. */
interface Life {
  readonly node: NodeId;
  readonly sampleBytes: number;
  readonly begin: Moment;
  readonly end: Moment;
}

interface Moment {
  readonly stage: number;
  readonly item: number;
}

/** Tensors of one size that follow each other in the same memory, sample by sample. */
interface Chain {
  readonly sampleBytes: number;
  readonly lives: Life[];
}

export interface KeptRegions {
  readonly regions: ReadonlyMap<NodeId, Region>;
  /** First byte behind them. */
  readonly end: number;
}

/**
 * @param hosts of each stage
 * @param start bytes of the `batch` space that are taken already
 */
export function keptRegions(
  flow: Flow,
  { stages, kept }: Schedule,
  hosts: readonly ReadonlyMap<NodeId, Host>[],
  batchSize: number,
  start: number,
): KeptRegions {
  const lives = new Map<NodeId, Life>();
  for (const [stage, { items }] of stages.entries()) {
    for (const [item, node] of touches(items, hosts[stage] ?? new Map<NodeId, Host>(), (id) => kept.has(id))) {
      const moment = { stage, item };
      const sampleBytes = roundUp(4 * flow.nodeAt(node).floats, 16);
      const life = lives.get(node) ?? { node, sampleBytes, begin: moment, end: moment };
      lives.set(node, { ...life, end: moment });
    }
  }
  const chains = chainUp([...lives.values()]);
  const { offsets, size } = packIntervals(
    chains.map(({ sampleBytes, lives: members }) => ({
      size: roundUp(sampleBytes * batchSize, alignment),
      begin: members[0]?.begin.stage ?? 0,
      end: members.at(-1)?.end.stage ?? 0,
    })),
  );
  const regions = chains.flatMap(({ sampleBytes, lives: members }, at) =>
    members.map(({ node }): [NodeId, Region] => [
      node,
      { space: "batch", bytes: start + (offsets[at] ?? 0), perSample: sampleBytes },
    ]),
  );
  return { regions: new Map(regions), end: start + size };
}

/** The kept tensors that each item of a stage reads or writes, in order. */
function* touches(
  items: readonly Item[],
  hosts: ReadonlyMap<NodeId, Host>,
  isKept: (id: NodeId) => boolean,
): Generator<[item: number, node: NodeId]> {
  const holder = (id: NodeId): NodeId => {
    const host = hosts.get(id);
    return host === undefined ? id : holder(host.node);
  };
  for (const [at, item] of items.entries()) {
    const touched = item.kind === "node" ? [...item.node.inputs, item.id] : item.node.inputs;
    for (const id of touched) if (isKept(holder(id))) yield [at, holder(id)];
  }
}

/**
 * A tensor takes the memory of one that was read for the last time before: what a stage writes then lies where it has just read,
 * in the cache. Of several the one that was used last is taken.
 */
function chainUp(lives: readonly Life[]): readonly Chain[] {
  const chains: Chain[] = [];
  for (const life of lives.toSorted((a, b) => compare(a.begin, b.begin))) {
    const free = chains
      .filter((chain) => chain.sampleBytes === life.sampleBytes && compare(lastUse(chain), life.begin) < 0)
      .sort((a, b) => compare(lastUse(b), lastUse(a)));
    const [best] = free;
    if (best) best.lives.push(life);
    else chains.push({ sampleBytes: life.sampleBytes, lives: [life] });
  }
  return chains;
}

function lastUse({ lives }: Chain): Moment {
  return lives.at(-1)?.end ?? { stage: -1, item: 0 };
}

function compare(a: Moment, b: Moment): number {
  return a.stage - b.stage || a.item - b.item;
}
