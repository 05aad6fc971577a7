/** Batch norm, ReLU or clip and integer quantiser in one pass, forward and backward. */
import { quantizerRange } from "../../quantizer-range.js";
import { rounding as roundings, type Rounding } from "../kernels.js";
import type { EmitContext, NodeId, TaskId } from "../flow/flow.js";
import { fixedPlace, type Place } from "../flow/place.js";
import type { Factors, Normalization } from "../tasks/fold-activation.js";
import type { Chain } from "./chains.js";
import type { Compilation } from "./compilation.js";
import { laneGroups, lowerDeposit, lowerScale, passSharedScale, zeros } from "./scales.js";
import type { ScaleInUse } from "./scale-in-use.js";

/** A chain as its kernels are called. */
interface Pass {
  readonly chain: Chain;
  readonly x: NodeId;
  readonly floats: number;
  readonly rows: number;
  readonly lanes: number;
  readonly groups: number;
  readonly factors: Factors;
  readonly norm: Normalization | undefined;
  readonly scale: ScaleInUse | undefined;
  readonly range: Range;
}

/** Limits of `v`, see `QuantizerKernels`. */
interface Range {
  readonly lo: number;
  readonly hi: number;
  /** Gradients pass above `floor` and up to `ceiling`. */
  readonly floor: number;
  readonly ceiling: number;
  readonly rounding: Rounding;
  readonly divide: 0 | 1;
  /** What is added to `v` before rounding. */
  readonly zeroPoint: number;
}

export function lowerChain(c: Compilation, chain: Chain): void {
  const layout = c.layout(chain.input);
  const scale = chain.quantizer && lowerScale(c, chain.quantizer, chain.input);
  const { lanes, rows, groups } = laneGroups(c, layout, scale?.spec.channelAxis);
  const key = `${chain.input} to ${chain.output}`;
  const vector = (name: string): number => c.store.room(`${name} of ${key}`, 4 * lanes);
  const factors = { a: vector("a"), b: vector("b"), scale: vector("scale"), offset: vector("offset") };
  const norm = normalization(c, chain, rows, lanes);
  const range = rangeOf(c, chain, scale);
  const pass: Pass = {
    chain,
    x: c.node(chain.input),
    floats: layout.floats,
    rows,
    lanes,
    groups,
    factors,
    norm,
    scale,
    range,
  };
  const folded = fold(c, pass);
  const node = c.flow.node({
    name: chain.name,
    inputs: [pass.x],
    floats: layout.floats,
    after: [folded],
    hosting: { kind: "inPlace" },
    accumulates: true,
    emit: (context) => {
      forward(pass, context, layout.channels);
    },
  });
  const learnsItself = scale?.learns === true || isTrained(c, chain);
  c.setOutput({ inputs: [chain.input], output: chain.output }, node, {
    learns: learnsItself,
    run: (gradient) => {
      back(c, pass, gradient);
    },
  });
}

function isTrained(c: Compilation, { norm }: Chain): boolean {
  return norm !== undefined && [norm.gamma, norm.beta].some((name) => c.store.parameter(name).gradient !== undefined);
}

function normalization(c: Compilation, { norm }: Chain, rows: number, lanes: number): Normalization | undefined {
  if (norm === undefined) return undefined;
  const { gamma, beta, runningMean, runningVar, eps, momentum } = norm;
  const key = `of batch norm to ${norm.output}`;
  return {
    gamma: c.store.parameter(gamma).value,
    beta: c.store.parameter(beta).value,
    runningMean: c.store.parameter(runningMean).value,
    runningVar: c.store.parameter(runningVar).value,
    eps,
    momentum,
    channels: c.store.parameter(gamma).count,
    rows,
    ...(c.purpose.training && { moments: c.slot(16 * lanes) }),
    mean: c.store.room(`mean ${key}`, 8 * lanes),
    inverse: c.store.room(`inverse ${key}`, 8 * lanes),
    shift: c.store.room(`shift ${key}`, 4 * lanes),
  };
}

function rangeOf(c: Compilation, chain: Chain, scale: ScaleInUse | undefined): Range {
  const { clip, relu, norm } = chain;
  if (scale === undefined) {
    const lo = clip?.min ?? (relu ? 0 : -Infinity);
    const hi = clip?.max ?? Infinity;
    // Nothing passes at the limits of a clip.
    const ceiling = nextBelow(hi);
    return { lo, hi, floor: lo, ceiling, rounding: roundings.none, divide: 0, zeroPoint: 0 };
  }
  const { spec } = scale;
  const { min, max } = quantizerRange(spec);
  const rounding = c.store.options.rounding ? kernelRounding[spec.rounding] : roundings.none;
  // Moving both limits by an even number changes no rounding, so that codes can be counted from the zero point.
  const isMoved = spec.zeroPoint % 2 === 0;
  const moved = isMoved ? spec.zeroPoint : 0;
  const zeroPoint = spec.zeroPoint - moved;
  // Codes are those of a true division, but for training behind a batch norm: its factor and the scale's become one.
  const divide = zeroPoint === 0 && (norm === undefined || !c.purpose.training) ? 1 : 0;
  const lo = Math.max(min - moved, relu ? zeroPoint : -Infinity);
  const floor = relu ? Math.max(zeroPoint, nextBelow(min - moved)) : nextBelow(lo);
  return { lo, hi: max - moved, floor, ceiling: max - moved, rounding, divide, zeroPoint };
}

const kernelRounding = {
  round: roundings.nearest,
  floor: roundings.floor,
  ceil: roundings.ceil,
  roundToZero: roundings.towardsZero,
} as const;

/** The greatest float32 below a value: as an exclusive limit it lets the value pass. */
export function nextBelow(value: number): number {
  if (!Number.isFinite(value)) return value;
  if (value === 0) return -1.401298464324817e-45;
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0] = (bits[0] ?? 0) + (value > 0 ? -1 : 1);
  return new Float32Array(bits.buffer)[0] ?? value;
}

/** Folds the statistics, once they are there, into the kernel's factors. */
function fold(c: Compilation, pass: Pass): TaskId {
  const { norm, scale, lanes, groups, factors, rows, x, range, chain } = pass;
  const sinks =
    norm?.moments === undefined
      ? []
      : [
          c.flow.sink({
            name: `statistics of ${chain.norm?.name ?? chain.name}`,
            inputs: [x],
            emit: ({ input, call }) => {
              const sums = { space: "slot", bytes: norm.moments ?? 0, perSample: 0 } as const;
              call("channelSums", rows, lanes, input(0), fixedPlace(norm.runningMean), sums);
            },
          }),
        ];
  return c.flow.task(
    {
      kind: "foldActivation",
      lanes,
      groups,
      ...(norm && { norm }),
      ...(scale && { scales: scale.factor.scales }),
      zeroPoint: range.zeroPoint,
      divide: range.divide,
      factors,
    },
    { sinks, tasks: scale ? [scale.task] : [] },
  );
}

function forward({ floats, rows, lanes, factors, range }: Pass, context: EmitContext, channels: number): void {
  const { input, output, accumulate, call } = context;
  const { lo, hi, rounding, divide } = range;
  const [a, b] = [fixedPlace(factors.a), fixedPlace(factors.b)];
  const [scale, offset] = [fixedPlace(factors.scale), fixedPlace(factors.offset)];
  call("quantize", rows, lanes, input(0), a, b, lo, hi, rounding, scale, offset, divide, output, accumulate);
  // Where 0 is out of range, padding lanes become the nearest limit.
  const clearsPadding = (lo > 0 || hi < 0) && rows * lanes === floats && lanes > channels;
  if (clearsPadding) call("clearPadding", rows, channels, lanes, output);
}

function back(c: Compilation, pass: Pass, gradient: NodeId): void {
  const { chain, norm, scale, lanes } = pass;
  const vector = (name: string): number => c.store.room(`${name} of ${chain.input} to ${chain.output}`, 4 * lanes);
  const needsSums = norm !== undefined || scale?.learns === true;
  const [a1, a2, a3] = norm ? [vector("a1"), vector("a2"), vector("a3")] : [onesOf(c, pass), undefined, undefined];
  const task = needsSums ? sums(c, pass, gradient, { a1, a2: a2 ?? 0, a3: a3 ?? 0 }) : undefined;
  if (scale?.learns === true && task !== undefined) passSharedScale(c, scale, task);
  const deposit =
    task !== undefined && scale?.isCollecting === true && chain.quantizer
      ? lowerDeposit(c, scale, chain.quantizer, pass.x, task)
      : undefined;
  if (!c.learns(chain.input)) return;
  const after = [...(norm && task !== undefined ? [task] : []), ...(deposit ? [deposit.task] : [])];
  const none = zeros(c, lanes);
  const [first = none, second = none, third = none] = [a1, a2, a3].map((address) =>
    address === undefined ? none : fixedPlace(address),
  );
  const term = c.flow.node({
    name: chain.name,
    inputs: [gradient, pass.x],
    floats: pass.floats,
    after,
    hosting: { kind: "inPlace" },
    accumulates: true,
    emit: (context) => {
      inputGradient(pass, context, [first, second, third]);
      if (!deposit) return;
      const sample = { space: "sample", perSample: 1 } as const;
      const { input, output, call } = context;
      call("addDeposits", scale?.factor.count ?? 1, deposit.records, sample, input(1), output);
    },
  });
  c.addGradient(chain.input, term);
}

/** Second pass backwards, with the factors a1, a2, a3 of the kernel. */
function inputGradient(
  { factors, rows, lanes, range }: Pass,
  { input, output, accumulate, call }: EmitContext,
  [a1, a2, a3]: readonly [Place, Place, Place],
): void {
  const [a, b, step] = [fixedPlace(factors.a), fixedPlace(factors.b), fixedPlace(factors.scale)];
  const [dy, x] = [input(0), input(1)];
  const { ceiling: hi, floor, divide } = range;
  call("quantizeGradInput", rows, lanes, x, a, b, dy, hi, floor, step, divide, a1, a2, a3, output, accumulate);
}

/** 1 in every lane but the padding's. */
function onesOf(c: Compilation, { lanes, groups }: Pass): number {
  return c.store.floatTable(`ones ${groups}`, () =>
    Float32Array.from(c.store.arena.integers(groups, lanes), (group) => (group < 0 ? 0 : 1)),
  );
}

/** First pass backwards: the sums over the batch, and the task that makes gradients of them. */
function sums(
  c: Compilation,
  pass: Pass,
  gradient: NodeId,
  second: { readonly a1: number; readonly a2: number; readonly a3: number },
): TaskId {
  const { chain, norm, scale, lanes, rows, groups, factors, range, x } = pass;
  const shift = norm ? fixedPlace(norm.shift) : zeros(c, lanes);
  const parts = c.slot(24 * lanes);
  const plainParts = scale?.learns === true && range.zeroPoint !== 0 ? c.slot(16 * lanes) : undefined;
  const sink = c.flow.sink({
    name: `gradient sums of ${chain.name}`,
    inputs: [gradient, x],
    emit: ({ input, call }) => {
      const [a, b, step] = [fixedPlace(factors.a), fixedPlace(factors.b), fixedPlace(factors.scale)];
      const { lo, ceiling: hi, floor, rounding, divide } = range;
      const into = { space: "slot", bytes: parts, perSample: 0 } as const;
      const [dy, from] = [input(0), input(1)];
      call("quantizeGradSums", rows, lanes, from, a, b, shift, dy, lo, hi, floor, rounding, step, divide, into);
      if (plainParts === undefined) return;
      call("channelSums", rows, lanes, dy, zeros(c, lanes), { space: "slot", bytes: plainParts, perSample: 0 });
    },
  });
  return c.flow.task(
    {
      kind: "activationGradient",
      lanes,
      groups,
      factors,
      divide: range.divide,
      zeroPoint: range.zeroPoint,
      sums: parts,
      ...(plainParts !== undefined && { plainSums: plainParts }),
      shift: shift.region.bytes,
      ...(scale?.learns === true && { scaleGradients: scale.factor.gradients }),
      ...(norm &&
        chain.norm && {
          norm: {
            ...norm,
            gammaGradient: c.store.parameter(chain.norm.gamma).gradient,
            betaGradient: c.store.parameter(chain.norm.beta).gradient,
            ...second,
          },
        }),
    },
    { sinks: [sink] },
  );
}
