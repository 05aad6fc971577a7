/** Repeated groups of layers: what becomes a helper function of the model file. */
import type { CallOptions, LayerCall, OptionValue } from "./calls.js";

/** A helper function that makes a product and what follows it. */
export interface Helper {
  readonly name: string;
  /** The product's options that differ from call to call, in order; empty when there are none. */
  readonly sizes: readonly string[];
  /** The calls of one of its executions; the first one's options are those that are always the same. */
  readonly calls: readonly LayerCall[];
  /** Names of the calls within the scope, where they are not the DSL's own. */
  readonly suffixes: readonly (string | undefined)[];
}

/** One execution of a helper. */
export interface Block {
  readonly calls: readonly LayerCall[];
  readonly helper: Helper;
  /** What names the layers; to be made unique. */
  readonly scope: string;
  readonly sizes: CallOptions;
}

export type Part = LayerCall | Block;

export function isBlock(part: Part): part is Block {
  return "helper" in part;
}

/** Options of a product that are expected to differ between blocks. */
const sizeOptions: ReadonlySet<string> = new Set([
  ...["outChannels", "outFeatures", "kernelSize", "stride", "padding", "outputPadding", "dilation", "groups"],
]);

/** What may follow a product in a block, in this order, each at most once. */
const followers = [/^batchNorm/, /^(?:quant)?(?:ReLU|relu|Sigmoid|sigmoid|Tanh|Identity|elu|selu)$/, /^maxPool/];

/**
 * The calls, those that repeat gathered in blocks. A block is a product with its batch norm, activation and pool whose
 * results nothing else reads; at least two that differ in their sizes only make a helper.
 */
export function findBlocks(calls: readonly LayerCall[], outputs: readonly string[]): readonly Part[] {
  const reads = readCounts(calls, outputs);
  const groups = new Map<string, LayerCall[][]>();
  const starts = new Map<LayerCall, LayerCall[]>();
  for (let at = 0; at < calls.length;) {
    const block = blockAt(calls, at, reads);
    at += block.length;
    const [first] = block;
    if (first === undefined || block.length < 2) continue;
    starts.set(first, block);
    const key = keyOf(block);
    groups.set(key, [...(groups.get(key) ?? []), block]);
  }
  const made = makeHelpers([...groups.values()].filter((group) => group.length > 1));
  const parts: Part[] = [];
  for (let at = 0; at < calls.length; at++) {
    const call = calls[at];
    if (call === undefined) break;
    const block = made.get(call);
    parts.push(block ?? call);
    if (block) at += block.calls.length - 1;
  }
  return parts;
}

function readCounts(calls: readonly LayerCall[], outputs: readonly string[]): ReadonlyMap<string, number> {
  const reads = new Map<string, number>();
  const count = (name: string) => reads.set(name, (reads.get(name) ?? 0) + 1);
  for (const { inputs } of calls) inputs.forEach(count);
  outputs.forEach(count);
  return reads;
}

/** The block that begins here, or the call alone. */
function blockAt(calls: readonly LayerCall[], start: number, reads: ReadonlyMap<string, number>): LayerCall[] {
  const first = calls[start];
  if (first === undefined) return [];
  const block = [first];
  if (!/^quant(?:Conv|Linear)/.test(first.callee)) return block;
  for (const follower of followers) {
    const next = calls[start + block.length];
    const last = block.at(-1);
    const isNext = next?.inputs.length === 1 && next.inputs[0] === last?.output && follower.test(next.callee);
    if (isNext && last && reads.get(last.output) === 1) block.push(next);
  }
  return block;
}

/** What blocks of one helper have in common. */
function keyOf([first, ...rest]: readonly LayerCall[]): string {
  const fixed = Object.entries(first?.options ?? {}).filter(([name]) => !sizeOptions.has(name));
  return JSON.stringify([first?.callee, fixed, rest.map(({ callee, options }) => [callee, options])]);
}

function makeHelpers(groups: readonly (readonly LayerCall[][])[]): ReadonlyMap<LayerCall, Block> {
  const made = new Map<LayerCall, Block>();
  const names = new Map<string, number>();
  for (const group of groups) {
    const [model = []] = group;
    const plain = helperName(model);
    const count = (names.get(plain) ?? 0) + 1;
    names.set(plain, count);
    const { sizes, shared } = divideSizes(group.map(([first]) => first?.options ?? {}));
    const scopes = scopesOf(group);
    const [first, ...rest] = model;
    if (first === undefined) continue;
    const fixed = Object.entries(first.options).filter(([name]) => !sizeOptions.has(name));
    const helper: Helper = {
      name: count === 1 ? plain : `${plain}${count}`,
      sizes,
      calls: [{ ...first, options: { ...shared, ...Object.fromEntries(fixed) } }, ...rest],
      suffixes: scopes.suffixes,
    };
    group.forEach((calls, at) => {
      const [product] = calls;
      if (product === undefined) return;
      const own = Object.entries(product.options).filter(([name]) => sizes.includes(name));
      made.set(product, { calls, helper, scope: scopes.names[at] ?? "block", sizes: Object.fromEntries(own) });
    });
  }
  return made;
}

const words: Readonly<Record<string, string>> = {
  norm: "Norm",
  relu: "ReLU",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  identity: "Quant",
  elu: "ELU",
  selu: "SELU",
  pool: "Pool",
};

function helperName([first, ...rest]: readonly LayerCall[]): string {
  const base = first?.base === "conv_transpose" ? "convTranspose" : (first?.base ?? "layer");
  return base + rest.map((call) => words[call.base] ?? "").join("");
}

/** The sizes that differ, and those that all blocks share. */
function divideSizes(blocks: readonly CallOptions[]): {
  readonly sizes: readonly string[];
  readonly shared: CallOptions;
} {
  const names = [...sizeOptions].filter((name) => blocks.some((options) => name in options));
  const text = (value: OptionValue | undefined) => JSON.stringify(value);
  const isShared = (name: string) => blocks.every((options) => text(options[name]) === text(blocks[0]?.[name]));
  const shared: Record<string, OptionValue> = {};
  for (const name of names) {
    const value = blocks[0]?.[name];
    if (isShared(name) && value !== undefined) shared[name] = value;
  }
  return { sizes: names.filter((name) => !(name in shared)), shared };
}

interface Scopes {
  readonly names: readonly string[];
  readonly suffixes: readonly (string | undefined)[];
}

/**
 * What the blocks are called: the names of their layers up to the last dot, where these are the same within a block and
 * their ends the same in all; else the name of the product.
 */
function scopesOf(group: readonly (readonly LayerCall[])[]): Scopes {
  const split = group.map((calls) => calls.map(({ name }) => splitName(name)));
  const [model = []] = split;
  const ends = model.map((part) => part?.end);
  const consistent = split.every(
    (parts) =>
      parts[0] !== undefined &&
      parts.every((part, at) => part?.end === ends[at] && (part === undefined || part.before === parts[0]?.before)),
  );
  const names = split.map((parts) => parts[0]?.before ?? "");
  const isDistinct =
    new Set(names).size === names.length &&
    new Set(ends.filter((end) => end)).size === ends.filter((end) => end).length;
  if (consistent && isDistinct) {
    return { names, suffixes: model.map((part, at) => (part?.end === group[0]?.[at]?.base ? undefined : part?.end)) };
  }
  return { names: group.map(([first], at) => first?.name ?? `block.${at}`), suffixes: [] };
}

function splitName(name: string | undefined): { readonly before: string; readonly end: string } | undefined {
  const dot = name?.lastIndexOf(".") ?? -1;
  return name === undefined || dot < 1 ? undefined : { before: name.slice(0, dot), end: name.slice(dot + 1) };
}
