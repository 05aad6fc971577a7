/** Pools. */
import { numberAttribute, numbersAttribute } from "../graph/attributes.js";
import { elementCount, type GraphNode } from "../graph/graph.js";
import type { CallOptions } from "./calls.js";
import { onlyReader, readersOf, shapeOf, valuesOf } from "./graph-view.js";
import { callOf, mainInput, perAxis, withQuantizer, type Found, type Recognizer } from "./recognizer.js";
import { fullWindow, unequalPads, type FullWindow } from "./windows.js";

export function poolCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input, shape } = mainInput(recognizer, node);
  const spatial = shape.slice(2);
  const isMax = node.opType === "MaxPool";
  if (node.outputs.slice(1).some((name) => readersOf(recognizer.view, name).length > 0)) return "also gives positions";
  const window = fullWindow(node, spatial, (shapeOf(recognizer.view, node.outputs[0] ?? "") ?? []).slice(2));
  const wanted = onlyReader(recognizer.view, node.outputs[0] ?? "");
  if (coversAll(window, spatial) && wanted?.opType !== "Mul") return globalPool(recognizer, node, isMax, input);
  if (spatial.length !== 1 && spatial.length !== 2)
    return `pools over ${spatial.length} dimensions, where the DSL has 1 and 2`;
  const options = poolOptions(node, window, isMax);
  if (typeof options === "string") return options;
  const dimensions = `${spatial.length}d`;
  const output = node.outputs[0] ?? "";
  if (isMax) return callOf({ callee: `maxPool${dimensions}`, base: "pool", inputs: [input], options, output });
  const truncated = truncation(recognizer, node, window);
  const behind = truncated ?? withQuantizer(recognizer, output, "actQuant");
  return callOf({
    ...{ callee: `quantAvgPool${dimensions}`, base: "pool", inputs: [input], output: behind.output },
    options: { ...options, ...behind.options },
    scales: behind.scales,
  });
}

function coversAll({ kernel, padsBegin, padsEnd, dilations }: FullWindow, spatial: readonly number[]): boolean {
  return (
    spatial.length > 0 &&
    kernel.every((size, axis) => size === spatial[axis]) &&
    [...padsBegin, ...padsEnd].every((zeros) => zeros === 0) &&
    dilations.every((step) => step === 1)
  );
}

function poolOptions(node: GraphNode, window: FullWindow, isMax: boolean): CallOptions | string {
  const { kernel, strides, dilations, padsBegin, padsEnd, ceilMode } = window;
  if (!padsBegin.every((zeros, axis) => zeros === padsEnd[axis])) return unequalPads(window);
  if (padsBegin.some((zeros, axis) => zeros > (kernel[axis] ?? 1) / 2))
    return "has a padding of more than half its window";
  if (!isMax && dilations.some((step) => step !== 1)) return "is a mean over a dilated window";
  const countsZeros = numberAttribute(node, "count_include_pad", 0) === 1;
  const isPadded = padsBegin.some((zeros) => zeros > 0) || ceilMode;
  return {
    ...perAxis("kernelSize", kernel),
    ...(strides.every((step, axis) => step === kernel[axis]) ? {} : perAxis("stride", strides)),
    ...perAxis("padding", padsBegin, 0),
    ...perAxis("dilation", dilations, 1),
    ...(ceilMode && { ceilMode }),
    ...(!isMax && isPadded && !countsZeros && { countIncludePad: false }),
  };
}

/** `GlobalMaxPool`, `GlobalAveragePool`, and windows over all positions. */
export function globalPool(recognizer: Recognizer, node: GraphNode, isMax: boolean, input: string): Found {
  const [output = ""] = node.outputs;
  if ((shapeOf(recognizer.view, input)?.length ?? 0) < 3) return "pools an input without positions";
  if (isMax) return callOf({ callee: "globalMaxPool", base: "pool", inputs: [input], output });
  const behind = withQuantizer(recognizer, output, "actQuant");
  return callOf({ callee: "globalAvgPool", base: "pool", inputs: [input], ...behind });
}

/** A mean over all positions with the dimensions kept. */
export function reduceMeanCall(recognizer: Recognizer, node: GraphNode): Found {
  const { input, shape } = mainInput(recognizer, node);
  const axes = numbersAttribute(node, "axes") ?? Array.from(valuesOf(recognizer.view, node.inputs[1]) ?? []);
  const positive = axes.map((axis) => (axis < 0 ? axis + shape.length : axis)).sort((a, b) => a - b);
  const spatial = shape.map((_, axis) => axis).slice(2);
  if (positive.join() !== spatial.join() || numberAttribute(node, "keepdims", 1) === 0) {
    return "is a mean over other dimensions than all positions, or drops them";
  }
  return globalPool(recognizer, node, false, input);
}

/** `AveragePool`, times the window's size, `Trunc`: the DSL's `truncQuant`. */
function truncation(
  recognizer: Recognizer,
  node: GraphNode,
  { kernel }: FullWindow,
): { readonly output: string; readonly options: CallOptions; readonly scales: readonly [] } | undefined {
  const { view } = recognizer;
  const times = onlyReader(view, node.outputs[0] ?? "");
  const factor = times?.inputs.map((name) => valuesOf(view, name)).find((values) => values !== undefined);
  if (times?.opType !== "Mul" || factor?.length !== 1 || factor[0] !== elementCount(kernel)) return undefined;
  const trunc = onlyReader(view, times.outputs[0] ?? "");
  const bits = valuesOf(view, trunc?.inputs[4])?.[0];
  if (trunc?.opType !== "Trunc" || bits === undefined || !Number.isInteger(bits) || bits < 1 || bits > 32)
    return undefined;
  recognizer.done.add(times).add(trunc);
  const options = { truncQuant: { quantizer: "uint", bits, options: {} } as const };
  return { output: trunc.outputs[0] ?? "", options, scales: [] };
}
