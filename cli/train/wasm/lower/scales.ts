/** The scale of an activation quantiser where it is used: constant, learned, another one's, or a statistic of the batch. */
import type { QuantizerSpec, ValueId } from "../../program.js";
import type { NodeId, SinkContext, TaskId } from "../flow/flow.js";
import { fixedPlace, offset, type Place } from "../flow/place.js";
import { product, type Layout } from "../layout.js";
import { binsPerPass, radixPasses, type Search } from "../tasks/percentile.js";
import type { ScaleFactor } from "../tasks/stored-tensor.js";
import type { ChainQuantizer } from "./chains.js";
import { useKey, type Compilation } from "./compilation.js";
import type { GroupView, ScaleInUse } from "./scale-in-use.js";

export function lowerScale(c: Compilation, { id, use }: ChainQuantizer, input: ValueId): ScaleInUse {
  const spec = c.store.quantizer(id);
  const layout = c.layout(input);
  const views = groupViews(layout, spec.channelAxis);
  const factor = c.store.scalesOf(id, use, views.length);
  const isCollecting = c.purpose.collecting.has(useKey(id, use));
  const task = isCollecting ? collect(c, spec, { id, use }, c.node(input), views, factor) : plainScale(c, spec, factor);
  c.scaleTasks.set(id, task);
  const learns = isCollecting ? c.learns(input) : scaleLearns(c, spec);
  const scale = { spec, factor, task, views, isCollecting, learns };
  c.activationScales.push(scale);
  return scale;
}

/** True if the scale's gradient reaches something that is trained. */
export function scaleLearns(c: Compilation, { scale }: QuantizerSpec): boolean {
  if (!c.purpose.backward) return false;
  switch (scale.kind) {
    case "learned":
      return c.store.parameter(scale.parameter).gradient !== undefined;
    case "shared":
      return true;
    case "const":
    case "stats":
    case "product":
      return false;
  }
}

function plainScale(c: Compilation, spec: QuantizerSpec, { count, scales, gradients }: ScaleFactor): TaskId {
  const { scale } = spec;
  const before: TaskId[] = [];
  let source: { kind: "const" } | { kind: "learned"; threshold: number } | { kind: "shared"; scales: number } = {
    kind: "const",
  };
  if (scale.kind === "learned") source = { kind: "learned", threshold: c.store.parameter(scale.parameter).value };
  if (scale.kind === "shared") {
    source = { kind: "shared", scales: c.store.lastScalesOf(scale.quantizer).scales };
    const task = c.scaleTasks.get(scale.quantizer);
    if (task !== undefined) before.push(task);
  }
  return c.flow.task({ kind: "activationScale", spec, count, scales, gradients, source }, { tasks: before });
}

/** Three passes over the batch that find the percentile. */
function collect(
  c: Compilation,
  spec: QuantizerSpec,
  { id, use }: ChainQuantizer,
  x: NodeId,
  views: readonly GroupView[],
  { count, scales, gradients }: ScaleFactor,
): TaskId {
  if (spec.scale.kind !== "learned") throw new RangeError(`${spec.name} has nothing to collect for`);
  const statistics = c.store.room(`statistics ${id} ${use}`, 4 * count);
  const ranks = c.store.room(`ranks ${id} ${use}`, 4 * count);
  const bins = c.slot(4 * binsPerPass * count);
  const elements = (views[0]?.rows ?? 1) * (views[0]?.channels ?? 1);
  const { percentile, parameter } = spec.scale;
  let task: TaskId | undefined;
  for (const [pass, { shift, mask }] of radixPasses.entries()) {
    const sink = c.flow.sink({
      name: `percentile of ${spec.name}`,
      inputs: [x],
      ...(task !== undefined && { after: [task] }),
      emit: ({ input, call }) => {
        for (const [group, view] of views.entries()) {
          const prefix = { space: "int32", bytes: statistics + 4 * group } as const;
          const into = { space: "slot", bytes: bins + 4 * binsPerPass * group, perSample: 0 } as const;
          const from = offset(input(0), view.begin);
          // In the first pass no bits are known: those of the step before must not be compared.
          call("histogram", view.rows, view.channels, view.step, from, shift, mask, pass === 0 ? 0 : prefix, into);
        }
      },
    });
    task = c.flow.task(
      { kind: "selectBin", pass, groups: count, elements, percentile, bins, prefixes: statistics, ranks },
      { sinks: [sink] },
    );
  }
  const threshold = c.store.parameter(parameter).value;
  return c.flow.task(
    { kind: "statisticScale", spec, count, statistics, scales, gradients, threshold, quantizer: id, use },
    { tasks: task === undefined ? [] : [task] },
  );
}

/** Leads the gradient of a scale that is another quantiser's there, as soon as `task` has computed it. */
export function passSharedScale(c: Compilation, { spec, factor }: ScaleInUse, task: TaskId): void {
  if (spec.scale.kind !== "shared") return;
  const to = { kind: "shared", gradients: c.store.lastScalesOf(spec.scale.quantizer).gradients } as const;
  c.flow.task({ kind: "thresholdGradient", ...factor, to }, { tasks: [task] });
}

/** Adds the statistic's gradient to the element that it is, once the scale's gradient is known. */
export function lowerDeposit(
  c: Compilation,
  { spec, factor, views, task }: ScaleInUse,
  { id, use }: ChainQuantizer,
  x: NodeId,
  gradientTask: TaskId,
): { readonly task: TaskId; readonly records: number } {
  const { count, scales, gradients } = factor;
  const statistics = c.store.room(`statistics ${id} ${use}`, 4 * count);
  const records = c.store.room(`deposits ${id} ${use}`, 24 * count);
  const { search, emit } = searchFor(c, spec, views, useKey(id, use), statistics);
  const sink = c.flow.sink({ name: `percentile of ${spec.name}`, inputs: [x], after: [task], emit });
  const deposit = c.flow.task(
    { kind: "deposit", count, statistics, scales, gradients, search, views, records },
    { sinks: [sink], tasks: [gradientTask] },
  );
  return { task: deposit, records };
}

/** Floats of a sample up to which the batch's values are kept to find PyTorch's choice among equal ones. */
const mostKeptFloats = 1024;

/**
 * How the element that is the statistic is found. Codes are often equal: where a tensor is small, as the input of a last layer,
 * all of it is looked at. In a large one, of values that are hardly ever equal, the first one will do.
 */
function searchFor(
  c: Compilation,
  { scale, name }: QuantizerSpec,
  views: readonly GroupView[],
  key: string,
  statistics: number,
): { readonly search: Search; readonly emit: (context: SinkContext) => void } {
  if (scale.kind !== "learned") throw new RangeError(`${name} has nothing to collect for`);
  const elements = (views[0]?.rows ?? 1) * (views[0]?.channels ?? 1);
  const perSample = 4 * elements * views.length;
  if (elements * views.length <= mostKeptFloats) {
    const values = c.store.room(`values ${key} ${c.batchSize}`, perSample * c.batchSize);
    const emit = ({ input, call }: SinkContext): void => {
      for (const [group, { begin, rows, channels, step }] of views.entries()) {
        const into = { space: "fixed", bytes: values + 4 * elements * group, perSample } as const;
        call("transpose", rows, channels, offset(input(0), begin), step, into, rows);
      }
    };
    return { search: { kind: "all", values, elements, percentile: scale.percentile }, emit };
  }
  const found = c.slot(16 * views.length);
  const emit = ({ input, call }: SinkContext): void => {
    for (const [group, view] of views.entries()) {
      const magnitude = { space: "float32", bytes: statistics + 4 * group } as const;
      const into = { space: "slot", bytes: found + 16 * group, perSample: 0 } as const;
      const sample = { space: "sample", perSample: 1 } as const;
      call("findFirst", view.rows, view.channels, view.step, offset(input(0), view.begin), magnitude, sample, into);
    }
  };
  return { search: { kind: "first", found }, emit };
}

/** Per channel, per slice of another axis, or the whole tensor. */
function groupViews({ shape, rows, channels, padded }: Layout, axis: number | undefined): readonly GroupView[] {
  if (axis === undefined) return [{ begin: 0, rows, channels, step: padded }];
  if (axis === 0) {
    return Array.from({ length: channels }, (_, channel) => ({ begin: channel, rows, channels: 1, step: padded }));
  }
  const inner = product(shape.slice(axis + 1));
  const size = shape[axis] ?? 1;
  if (product(shape.slice(1, axis)) > 1 && inner > 1) {
    throw new RangeError(`scales along axis ${axis} of ${shape.join(" x ")} are not supported`);
  }
  // Either the positions of a slice are neighbours, or they are a fixed distance apart.
  const isInnermost = inner === 1;
  return Array.from({ length: size }, (_, at) => ({
    begin: at * padded * inner,
    rows: rows / size,
    channels,
    step: isInnermost ? size * padded : padded,
  }));
}

/** int32 per lane: the lane's scale, -1 for padding. */
export function laneGroups(
  c: Compilation,
  layout: Layout,
  axis: number | undefined,
): { lanes: number; rows: number; groups: number } {
  const { shape, rows, channels, padded, floats } = layout;
  if (axis === undefined || axis === 0) {
    const key = `lanes ${channels} ${axis === 0 ? "each" : "one"}`;
    const groups = c.store.integerTable(key, () =>
      Int32Array.from({ length: padded }, (_, lane) => (lane >= channels ? -1 : axis === 0 ? lane : 0)),
    );
    return { lanes: padded, rows, groups };
  }
  const inner = product(shape.slice(axis + 1));
  const groups = c.store.integerTable(`lanes ${shape.join(" ")} axis ${axis}`, () =>
    Int32Array.from({ length: floats }, (_, at) =>
      at % padded >= channels ? -1 : Math.floor(Math.floor(at / padded) / inner) % (shape[axis] ?? 1),
    ),
  );
  // Every element is a lane of its own: the kernels see one row.
  return { lanes: floats, rows: 1, groups };
}

/** The constant vector of a lane's worth of zeros. */
export function zeros(c: Compilation, lanes: number): Place {
  return fixedPlace(c.store.floatTable(`zeros ${lanes}`, () => new Float32Array(lanes)));
}
