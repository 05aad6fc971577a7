/** Which weights are pruned: masks with a 0 for each weight that becomes zero, a 1 for each that stays. */

/** By name of the weight. */
export type Masks = ReadonlyMap<string, Uint8Array>;

/** A weight as pruning sees it. */
export interface PrunableWeight {
  readonly name: string;
  /** As the network computes with them: zeros that were pruned before are zeros. */
  readonly values: Float32Array;
  /** What each further zero takes off the score. */
  readonly saving: number;
  /** 1 where the quantiser makes a zero already: the official cost counts no such weight, so its mask saves nothing. */
  readonly isFree: Uint8Array;
}

/** How weights are put in order. */
export interface Ranking {
  /** The smallest first, or those that do least harm for what they save. */
  readonly by: "magnitude" | "cost";
  readonly scope: "layer" | "global";
}

/**
 * Every weight whose magnitude is below `threshold` goes: the challenge winner's rule, which counts them per layer and has
 * PyTorch's `l1_unstructured` take as many. NaN stays.
 */
export function masksBelow(weights: readonly PrunableWeight[], threshold: number): Masks {
  return new Map(weights.map(({ name, values }) => [name, mask(values, (value) => Math.abs(value) < threshold)]));
}

/** Weights in the order in which they are pruned; sorted once and asked for many amounts. */
export interface RankedWeights {
  readonly elements: number;
  /** Masks without the first `amount` (0 to 1) of the weights: of each layer's, or of all together. */
  readonly masksAt: (amount: number) => Masks;
}

export function rankWeights(weights: readonly PrunableWeight[], { by, scope }: Ranking): RankedWeights {
  const elements = weights.reduce((sum, { values }) => sum + values.length, 0);
  const keyed = weights.map((weight) => ({
    name: weight.name,
    keys: by === "cost" ? costKeys(weight) : Float64Array.from(weight.values, Math.abs),
  }));
  return { elements, masksAt: scope === "layer" ? perLayer(keyed) : overAll(keyed, elements) };
}

/**
 * The harm of each weight's absence for each unit of the score that it saves. The harm is LAMP's: the square of the weight by that of
 * all weights of its layer that are not smaller, which is how much of the layer's output goes with it. A plain magnitude would empty
 * the layers that save most before it touched another. Source: Lee, Park, Mo, Ahn and Shin, Layer-adaptive sparsity for the
 * magnitude-based pruning (2021). What has no part in the result goes first, what saves nothing last.
 */
function costKeys({ values, saving, isFree }: PrunableWeight): Float64Array {
  const descending = Array.from(values.keys()).sort((a, b) => square(values, b) - square(values, a) || b - a);
  const keys = new Float64Array(values.length);
  let kept = 0;
  for (const index of descending) {
    const own = square(values, index);
    kept += own;
    keys[index] = Number.isNaN(values[index]) ? NaN : own === 0 || isFree[index] === 1 ? 0 : own / kept / saving;
  }
  return keys;
}

/** In double precision, where no float's square but that of 0 is 0; of what is not a number 0. */
function square(values: Float32Array, index: number): number {
  return (values[index] ?? 0) ** 2 || 0;
}

interface KeyedWeight {
  readonly name: string;
  readonly keys: Float64Array;
}

function perLayer(weights: readonly KeyedWeight[]): RankedWeights["masksAt"] {
  const orders = weights.map(({ name, keys }) => ({ name, order: ascending(keys) }));
  return (amount) =>
    new Map(
      orders.map(({ name, order }) => {
        const kept = new Uint8Array(order.length).fill(1);
        for (const index of order.subarray(0, countOf(amount, order.length))) kept[index] = 0;
        return [name, kept];
      }),
    );
}

function overAll(weights: readonly KeyedWeight[], elements: number): RankedWeights["masksAt"] {
  const keys = new Float64Array(elements);
  let start = 0;
  const parts = weights.map(({ name, keys: own }) => {
    keys.set(own, start);
    start += own.length;
    return { name, start: start - own.length, end: start };
  });
  const order = ascending(keys);
  return (amount) => {
    const kept = new Uint8Array(elements).fill(1);
    for (const index of order.subarray(0, countOf(amount, elements))) kept[index] = 0;
    return new Map(parts.map((part) => [part.name, kept.slice(part.start, part.end)]));
  };
}

/** Indices by ascending key; of equal ones the first comes first, NaN comes last. */
function ascending(keys: Float64Array): Uint32Array {
  const key = (index: number): number => {
    const value = keys[index] ?? NaN;
    return Number.isNaN(value) ? Infinity : value;
  };
  return Uint32Array.from(keys, (_, index) => index).sort((a, b) => {
    const [first, second] = [key(a), key(b)];
    return first === second ? a - b : first - second;
  });
}

/** How many elements an amount is: rounded, halves to the even number, as Python's `round` does in `torch.nn.utils.prune`. */
export function countOf(amount: number, elements: number): number {
  const product = amount * elements;
  const floor = Math.floor(product);
  if (product - floor !== 0.5) return Math.round(product);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Share of the elements that are zero. */
export function sparsityOf(weights: readonly PrunableWeight[]): number {
  let zeros = 0;
  let elements = 0;
  for (const { values } of weights) {
    elements += values.length;
    for (const value of values) if (value === 0) zeros++;
  }
  return elements === 0 ? 0 : zeros / elements;
}

function mask(values: Float32Array, isPruned: (value: number) => boolean): Uint8Array {
  return Uint8Array.from(values, (value) => (isPruned(value) ? 0 : 1));
}
