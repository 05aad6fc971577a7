/** Makes a plan of a schedule: gives every tensor its memory and writes down the kernel calls. */
import type { Argument, Call, KernelName, Stage } from "../plan.js";
import { roundUp } from "../layout.js";
import type { Task } from "../tasks/task.js";
import { beforeAll, type EmitContext, type Flow, type NodeId } from "./flow.js";
import { findHosts, type Host } from "./hosting.js";
import { packIntervals } from "./intervals.js";
import { addressOf, offset, type Place, type Region } from "./place.js";
import { keptRegions } from "./kept.js";
import { schedule, type Item } from "./schedule.js";

export interface EmittedPlan {
  readonly prologue: readonly Task[];
  readonly begin: readonly Task[];
  readonly stages: readonly Stage[];
  readonly epilogue: readonly Task[];
  /** Of each thread. */
  readonly scratchBytes: number;
  /** Of the whole batch, from byte 0 of the `batch` space on. */
  readonly batchBytes: number;
}

/** Lines of the processor's caches. */
const alignment = 64;

/**
 * @param batchSize samples that kept tensors have room for
 * @param batchStart bytes of the `batch` space that are taken already
 */
export function emitPlan(flow: Flow, batchSize: number, batchStart: number): EmittedPlan {
  const plan = schedule(flow);
  const hosts = plan.stages.map(({ items }) => findHosts(items, (id) => plan.kept.has(id)));
  const { regions, end } = keptRegions(flow, plan, hosts, batchSize, batchStart);
  const emitted = plan.stages.map(({ items }, index) =>
    emitStage(flow, items, index, hosts[index] ?? new Map<NodeId, Host>(), regions),
  );
  const tasksOf = (stage: number): Task[] => flow.tasks.filter((task) => task.stage === stage).map(({ task }) => task);
  return {
    prologue: flow.prologue,
    begin: tasksOf(beforeAll),
    stages: emitted.map(({ name, calls }, index) => ({ name, calls, tasks: tasksOf(index) })),
    epilogue: flow.epilogue,
    scratchBytes: Math.max(0, ...emitted.map(({ scratchBytes }) => scratchBytes)),
    batchBytes: end,
  };
}

/** A call whose places have no addresses yet. */
interface OpenCall {
  readonly kernel: KernelName;
  readonly arguments: readonly (Place | Argument)[];
}

/** A piece of scratch memory with the items of the stage between which it is in use. */
interface ScratchUse {
  readonly region: Region;
  readonly bytes: number;
  begin: number;
  end: number;
}

function emitStage(
  flow: Flow,
  items: readonly Item[],
  index: number,
  hosts: ReadonlyMap<NodeId, Host>,
  kept: ReadonlyMap<NodeId, Region>,
): { readonly name: string; readonly calls: readonly Call[]; readonly scratchBytes: number } {
  const scratch: ScratchUse[] = [];
  const places = placeItems(flow, items, hosts, kept, scratch);
  const open = items.flatMap((item, at) => itemCalls(item, at, places, hosts, scratch));
  const { offsets, size } = packIntervals(
    scratch.map(({ bytes, begin, end }) => ({ size: roundUp(bytes, alignment), begin, end })),
  );
  for (const [at, { region }] of scratch.entries()) region.bytes = offsets[at] ?? 0;
  const calls = open.map((call) => ({ kernel: call.kernel, arguments: call.arguments.map(closed) }));
  const named = items.filter(({ kind }) => kind === "sink").map(({ node }) => node.name);
  return { name: `${index} ${[...new Set(named)].join(", ")}`, calls, scratchBytes: size };
}

function closed(argument: Place | Argument): Argument {
  return typeof argument === "object" && "region" in argument ? addressOf(argument) : argument;
}

/** Where the tensors of a stage lie: from memory, in another one's memory, or in scratch memory of their own. */
function placeItems(
  flow: Flow,
  items: readonly Item[],
  hosts: ReadonlyMap<NodeId, Host>,
  kept: ReadonlyMap<NodeId, Region>,
  scratch: ScratchUse[],
): (id: NodeId) => Place {
  const uses = new Map<NodeId, ScratchUse>();
  const placeOf = (id: NodeId): Place => {
    const host = hosts.get(id);
    if (host !== undefined) return offset(placeOf(host.node), host.offset);
    const { source, floats } = flow.nodeAt(id);
    if (source !== undefined) return source;
    const region = kept.get(id);
    if (region !== undefined) return { region, floats: 0 };
    const use = uses.get(id) ?? newScratch(scratch, floats, items.length, -1);
    uses.set(id, use);
    return { region: use.region, floats: 0 };
  };
  const touch = (id: NodeId, at: number): void => {
    const { region } = placeOf(id);
    const use = scratch.find((candidate) => candidate.region === region);
    if (use === undefined) return;
    use.begin = Math.min(use.begin, at);
    use.end = Math.max(use.end, at);
  };
  for (const [at, item] of items.entries()) {
    if (item.kind === "node") touch(item.id, at);
    for (const input of item.node.inputs) touch(input, at);
  }
  return placeOf;
}

function newScratch(scratch: ScratchUse[], floats: number, begin: number, end: number): ScratchUse {
  const use: ScratchUse = { region: { space: "scratch", bytes: 0, perSample: 0 }, bytes: 4 * floats, begin, end };
  scratch.push(use);
  return use;
}

function itemCalls(
  item: Item,
  at: number,
  placeOf: (id: NodeId) => Place,
  hosts: ReadonlyMap<NodeId, Host>,
  scratch: ScratchUse[],
): OpenCall[] {
  const calls: OpenCall[] = [];
  const inputOf = (index: number): NodeId => {
    const input = item.node.inputs[index];
    if (input === undefined) throw new RangeError(`${item.node.name} has no input ${index}`);
    return input;
  };
  const context: Omit<EmitContext, "output"> = {
    accumulate: item.kind === "node" ? (hosts.get(item.id)?.accumulate ?? 0) : 0,
    isHosted: (index) => item.kind === "node" && hosts.get(inputOf(index))?.node === item.id,
    input: (index) => placeOf(inputOf(index)),
    temporary: (floats) => ({ region: newScratch(scratch, floats, at, at).region, floats: 0 }),
    call: (kernel, ...args) => {
      calls.push({ kernel, arguments: args });
    },
  };
  if (item.kind === "node") item.node.emit({ ...context, output: placeOf(item.id) });
  else item.node.emit(context);
  return calls;
}
