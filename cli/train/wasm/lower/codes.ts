/** Quantisers of activations that are not uniform integers: binary, ternary, code books, truncation. */
import type { QuantizerSpec } from "../../program.js";
import type { NodeId, SinkContext, TaskId } from "../flow/flow.js";
import { fixedPlace, type Place } from "../flow/place.js";
import type { Chain, ChainQuantizer } from "./chains.js";
import type { Compilation } from "./compilation.js";
import { laneGroups, lowerDeposit, lowerScale, passSharedScale, zeros } from "./scales.js";
import type { ScaleInUse } from "./scale-in-use.js";

/** A quantiser as its kernels are called. */
interface Codes {
  readonly name: string;
  readonly kind: number;
  readonly parameter: number;
  readonly rounding: 0 | 1;
  readonly levels: Place;
  readonly levelCount: number;
  /** What the gradient of an element that passes is multiplied with, besides the scale. */
  readonly slope: number;
  /** True if the gradient to x is multiplied with the scale. */
  readonly byScale: boolean;
  /** Share of x in the scale's gradient. */
  readonly scaleFactor: number;
  readonly rows: number;
  readonly lanes: number;
  readonly floats: number;
  readonly groups: number;
  /** float32 per lane. */
  readonly ones: Place;
  readonly zeros: Place;
  /** What is divided by; like `scales`, but 1 in padding. */
  readonly divisors: Place;
  readonly scales: Place;
  readonly slopes: Place;
}

export function lowerCodes(c: Compilation, { name, input, output }: Chain, quantizer: ChainQuantizer): void {
  const scale = lowerScale(c, quantizer, input);
  const codes = codesOf(c, name, input, output, scale);
  const x = c.node(input);
  const spread = spreadScale(c, codes, scale);
  const node = c.flow.node({
    name,
    inputs: [x],
    floats: codes.floats,
    after: [spread],
    emit: (context) => {
      const { call, output: y } = context;
      const { q } = quantize(context, codes, context.input(0));
      const { rows, lanes, zeros: none, ones, scales } = codes;
      call("quantize", rows, lanes, q, scales, none, -Infinity, Infinity, 0, ones, none, 0, y, 0);
    },
  });
  c.setOutput({ inputs: [input], output }, node, {
    learns: scale.learns,
    run: (gradient) => {
      back(c, codes, scale, quantizer, { input, x, gradient, spread });
    },
  });
}

function codesOf(c: Compilation, name: string, input: number, output: number, { spec }: ScaleInUse): Codes {
  const layout = c.layout(input);
  const { lanes, rows, groups } = laneGroups(c, layout, spec.channelAxis);
  const key = `${input} to ${output}`;
  const levels = spec.levels ?? [0];
  const rounding = c.store.options.rounding ? 1 : 0;
  return {
    name,
    ...kindOf(spec),
    rounding,
    levels: fixedPlace(c.store.floatTable(`levels ${levels.join(" ")}`, () => Float32Array.from(levels))),
    levelCount: levels.length,
    rows,
    lanes,
    floats: layout.floats,
    groups,
    ones: fixedPlace(c.store.floatTable(`all ones ${lanes}`, () => new Float32Array(lanes).fill(1))),
    zeros: zeros(c, lanes),
    divisors: fixedPlace(c.store.room(`divisors of ${key}`, 4 * lanes)),
    scales: fixedPlace(c.store.room(`scales of ${key}`, 4 * lanes)),
    slopes: fixedPlace(c.store.room(`slopes of ${key}`, 4 * lanes)),
  };
}

function kindOf(spec: QuantizerSpec): Pick<Codes, "kind" | "parameter" | "slope" | "byScale" | "scaleFactor"> {
  switch (spec.kind) {
    case "binary":
      return { kind: 0, parameter: 1, slope: 1, byScale: true, scaleFactor: 0 };
    case "ternary":
      return { kind: 1, parameter: spec.ternaryThreshold ?? 0, slope: 1, byScale: true, scaleFactor: 0 };
    case "trunc": {
      const factor = 2 ** -(spec.truncatedBits ?? 0);
      return { kind: 2, parameter: factor, slope: factor, byScale: false, scaleFactor: factor };
    }
    case "levels":
      return { kind: 3, parameter: 0, slope: 1, byScale: false, scaleFactor: 1 };
    case "int":
      throw new RangeError(`${spec.name} has a kernel of its own`);
  }
}

/** Once the scales are there: one per lane, and what gradients are multiplied with. */
function spreadScale(c: Compilation, codes: Codes, scale: ScaleInUse): TaskId {
  const { lanes, groups, divisors, scales, slopes, slope, byScale } = codes;
  return c.flow.task(
    {
      kind: "spreadScale",
      lanes,
      groups,
      scales: scale.factor.scales,
      divisors: divisors.region.bytes,
      perLane: scales.region.bytes,
      slope,
      byScale,
      slopes: slopes.region.bytes,
    },
    { tasks: [scale.task] },
  );
}

/** Codes and which elements' gradients pass, in scratch memory. */
function quantize(
  { temporary, call }: Pick<SinkContext, "temporary" | "call">,
  codes: Codes,
  x: Place,
): { readonly q: Place; readonly passes: Place } {
  const [q, passes] = [temporary(codes.floats), temporary(codes.floats)];
  const { rows, lanes, ones, zeros: none, divisors, kind, parameter, rounding, levels, levelCount } = codes;
  call("quantizeCodes", rows, lanes, x, ones, none, divisors, kind, parameter, rounding, levels, levelCount, q, passes);
  return { q, passes };
}

function back(
  c: Compilation,
  codes: Codes,
  scale: ScaleInUse,
  quantizer: ChainQuantizer,
  { input, x, gradient, spread }: { input: number; x: NodeId; gradient: NodeId; spread: TaskId },
): void {
  const { rows, lanes, floats, name, slopes, zeros: none } = codes;
  const task = scale.learns ? scaleGradient(c, codes, scale, gradient, x, spread) : undefined;
  if (task !== undefined) passSharedScale(c, scale, task);
  const deposit = task !== undefined && scale.isCollecting ? lowerDeposit(c, scale, quantizer, x, task) : undefined;
  if (!c.learns(input)) return;
  const term = c.flow.node({
    name,
    inputs: [gradient, x],
    floats,
    after: deposit ? [spread, deposit.task] : [spread],
    emit: (context) => {
      const { call, output } = context;
      const { passes } = quantize(context, codes, context.input(1));
      call("mul", floats, context.input(0), passes, output, 0);
      call("quantize", rows, lanes, output, slopes, none, -Infinity, Infinity, 0, codes.ones, none, 0, output, 0);
      if (deposit) {
        const sample = { space: "sample", perSample: 1 } as const;
        call("addDeposits", scale.factor.count, deposit.records, sample, context.input(1), output);
      }
    },
  });
  c.addGradient(input, term);
}

function scaleGradient(
  c: Compilation,
  codes: Codes,
  { factor }: ScaleInUse,
  gradient: NodeId,
  x: NodeId,
  spread: TaskId,
): TaskId {
  const { lanes, rows, floats, groups, scaleFactor } = codes;
  const sums = c.slot(16 * lanes);
  const sink = c.flow.sink({
    name: `gradient sums of ${codes.name}`,
    inputs: [gradient, x],
    after: [spread],
    emit: (context) => {
      const { call, input } = context;
      const { q, passes } = quantize(context, codes, input(1));
      call("channelDots", rows, lanes, q, input(0), { space: "slot", bytes: sums, perSample: 0 });
      call("mul", floats, passes, input(0), passes, 0);
      call("channelDots", rows, lanes, passes, input(1), { space: "slot", bytes: sums + 8 * lanes, perSample: 0 });
    },
  });
  const { scales, gradients } = factor;
  return c.flow.task(
    { kind: "codesGradient", lanes, groups, sums, factor: scaleFactor, scales, gradients },
    { sinks: [sink] },
  );
}
