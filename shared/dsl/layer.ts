/**
 * What all layers have in common: finding the graph they belong to, making their inputs fit, naming, and writing
 * down the layer's record.
 */
import { elementCount, type Shape } from "../graph/graph.js";
import { addConstant, addNode, newDraft, type Draft, type NodeDraft, type Value } from "./builder.js";
import { describe } from "./describe.js";
import { automaticName, uniqueName } from "./names.js";
import { longestList, optional, text, withoutUndefined, type Field } from "./options.js";
import type { DslProblemCode } from "./problem-codes.js";
import { Quantizer } from "./quantizers.js";
import { currentDraft, currentScope, report, takeRoom, type Site } from "./session.js";
import { Tensor } from "./tensor.js";

/** Options that every layer has. */
export interface LayerOptions {
  /**
   * The layer's name, for checkpoints, exports and reports; `scope` prefixes it. Give names in loops only together
   * with `scope`. Default: the helper functions that made the layer and its kind, made unique by `_1`, `_2`, ...
   */
  name?: string;
}

export const nameField: Field<string | undefined> = optional(text("a text that is not empty", ""), undefined);

/** A layer in the making. */
export interface LayerDraft {
  readonly draft: Draft;
  readonly site: Site;
  readonly name: string;
  readonly index: number;
  readonly inputs: readonly Value[];
}

interface LayerStart {
  readonly site: Site;
  /** The kind's short name, from which unnamed layers get theirs: `conv`. */
  readonly base: string;
  readonly name: string | undefined;
  /** The tensor arguments as they were given, in order. */
  readonly inputs: readonly unknown[];
}

/** What a layer takes of its session's room, beside its name and sizes. */
const layerRoom = 500;

/** Begins a layer. Arguments that are no tensors of the model are reported and replaced by the last layer's output. */
export function beginLayer({ site, base, name, inputs }: LayerStart): LayerDraft {
  const draft = currentDraft() ?? strayDraft(site, inputs);
  const values = inputs.map((input, position) => resolve(site, draft, input, position));
  for (const { shape } of values) takeRoom(shape.length);
  const unique = layerName(site, draft, base, name);
  takeRoom(layerRoom + unique.length);
  return { draft, site, name: unique, index: draft.layers.length, inputs: values };
}

/** Ends a layer: writes down its record and gives its output to the user. */
export function endLayer(layer: LayerDraft, output: Value, options: Readonly<Record<string, unknown>>): Tensor {
  const { draft, site, name, index, inputs } = layer;
  const { callee: kind, origin } = site;
  const names = inputs.map((input) => input.name);
  const isDropped = inputs.some((input) => input.dropout !== undefined);
  const dropouts = isDropped && { dropouts: inputs.map((input) => input.dropout ?? -1) };
  const record = { index, name, kind, options: plainOptions(options), inputs: names, output: output.name, ...dropouts };
  draft.layers.push(origin ? { ...record, origin } : record);
  draft.latest = output;
  return new Tensor(draft, output);
}

/** A node of a layer. */
export interface LayerNode extends NodeDraft {
  /** Appended to the layer's name; the layer's main node has none. */
  readonly suffix?: string;
  /** The option to blame when shapes do not fit. */
  readonly path?: readonly (string | number)[];
}

/** Adds a node to the layer; shapes that do not fit are reported. */
export function addLayerNode(layer: LayerDraft, node: LayerNode): Value {
  const name = node.suffix === undefined ? layer.name : `${layer.name}.${node.suffix}`;
  const { value, problems } = addNode(layer.draft, layer.index, name, node);
  if (problems.length === 0) return value;
  for (const problem of problems) report(layer.site, "shape-mismatch", `${layer.site.callee}: ${problem}`, node.path);
  return value;
}

/** Adds a parameter of the layer: a constant whose values training finds. */
export function addParameter(layer: LayerDraft, suffix: string, shape: Shape): Value {
  return addConstant(layer.draft, `${layer.name}.${suffix}`, shape);
}

/** Adds constants whose values are known. */
export function addFloats(layer: LayerDraft, suffix: string, shape: Shape, values: readonly number[]): Value {
  return addConstant(layer.draft, `${layer.name}.${suffix}`, shape, Float32Array.from(values));
}

/** Adds a list of whole numbers (a Reshape's target), int64 in ONNX. */
export function addIntegers(layer: LayerDraft, suffix: string, values: readonly number[]): Value {
  return addConstant(layer.draft, `${layer.name}.${suffix}`, [values.length], Float64Array.from(values));
}

/** Reports a problem of the layer that is not about one option's value alone. */
export function reportLayer(
  layer: LayerDraft,
  code: DslProblemCode,
  message: string,
  path?: readonly (string | number)[],
): void {
  report(layer.site, code, `${layer.site.callee} ${message}`, path);
}

/**
 * The layer's first input as (N, C, positions...) with `dimensions` spatial dimensions. Another rank is reported and
 * reshaped: missing dimensions become 1, superfluous ones are joined, so that the layer can still be costed.
 */
export function spatialInput(layer: LayerDraft, dimensions: number): Value {
  const input = firstInput(layer);
  const expected = dimensions === 1 ? "N, C, L" : "N, C, H, W";
  return input.shape.length === dimensions + 2
    ? input
    : reshapedTo(layer, input, dimensions + 2, `an input of shape (${expected})`);
}

/** Reports that the input's rank is not what the layer wants, and reshapes it to `rank` dimensions. */
export function reshapedTo(layer: LayerDraft, input: Value, rank: number, expected: string): Value {
  const { shape } = input;
  reportLayer(
    layer,
    "shape-mismatch",
    `expects ${expected}, but found ${formatShape(shape)}; use reshape or flatten before it, or the function for that many dimensions.`,
    [0],
  );
  const guess = shape.slice(0, rank);
  while (guess.length < rank) guess.push(1);
  guess[rank - 1] = elementCount(shape) / elementCount(guess.slice(0, -1));
  return addLayerNode(layer, {
    opType: "Reshape",
    suffix: "input_shape",
    inputs: [input, addIntegers(layer, "input_shape", guess)],
  });
}

/** The tensors of a layer that takes a list of them; one is a list, too. */
export function tensorList(tensors: unknown): readonly unknown[] {
  return Array.isArray(tensors) && tensors.length > 0 && tensors.length <= longestList ? tensors : [tensors];
}

export function firstInput(layer: LayerDraft): Value {
  return layer.inputs[0] ?? layer.draft.latest;
}

/** Reports features that the user stated and the input does not have. */
export function checkFeatures(layer: LayerDraft, option: string, stated: number | undefined, found = 1): void {
  if (stated === undefined || stated === found) return;
  const shape = formatShape(firstInput(layer).shape);
  const message = `is told ${option} ${stated}, but its input ${shape} has ${found}; leave ${option} out (it is inferred), or change what is before.`;
  reportLayer(layer, "channel-mismatch", message, [option]);
}

/** `1×24×512`. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? "a scalar" : shape.join("×");
}

/** A layer outside `forward` gets a graph of its own that nobody sees, so that what follows can go on. */
function strayDraft(site: Site, inputs: readonly unknown[]): Draft {
  report(
    site,
    "layer-outside-forward",
    `${site.callee} is called while no model is being built, so it belongs to none; call it within the forward function of defineModel.`,
  );
  const shape = inputs.map((input) => Tensor.locate(input)?.value.shape).find((found) => found !== undefined);
  return newDraft(shape ?? [1, 1, 1]);
}

function resolve(site: Site, draft: Draft, input: unknown, position: number): Value {
  const found = Tensor.locate(input);
  if (found?.draft === draft) return found.value;
  if (found === undefined) {
    report(
      site,
      "not-a-tensor",
      `${site.callee} expects a tensor as argument ${position + 1}, but found ${describe(input)}; pass the result of another layer or forward's argument.`,
      [position],
    );
  } else if (currentDraft() === draft) {
    report(
      site,
      "foreign-tensor",
      `${site.callee} is called with a tensor of another model as argument ${position + 1}; pass one that this forward function made.`,
      [position],
    );
  }
  return draft.latest;
}

function layerName(site: Site, draft: Draft, base: string, explicit: string | undefined): string {
  const names = draft.layerNames;
  const scope = currentScope();
  const wanted =
    explicit === undefined ? automaticName(names, base, scope, site.origin) : [...scope, explicit].join(".");
  const name = uniqueName(names.taken, names.counters, wanted);
  names.taken.add(name);
  if (explicit !== undefined && name !== wanted) {
    report(
      site,
      "duplicate-name",
      `${site.callee} has the name ${describe(wanted)}, which an earlier layer has too, so it is called ${describe(name)}; give each layer its own, in loops by scope.`,
      ["name"],
    );
  }
  return name;
}

/** Options that hold quantisers. */
const quantizerOptions = new Set(["weightQuant", "biasQuant", "inputQuant", "outputQuant", "actQuant", "truncQuant"]);

/** Options as JSON: quantisers become their settings, and what is not set is left out. */
function plainOptions(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const plain: Record<string, unknown> = {};
  for (const name of Object.keys(options)) {
    const value = options[name];
    if (value === undefined) continue;
    plain[name] = quantizerOptions.has(name) ? plainQuantizer(value) : value;
  }
  return plain;
}

const plainSpecs = new WeakMap<object, object>();

/** A quantiser's settings; many layers share them, and so their plain form. */
function plainQuantizer(quantizer: unknown): object | undefined {
  const spec = Quantizer.locate(quantizer)?.spec;
  if (spec === undefined) return undefined;
  const plain = plainSpecs.get(spec) ?? withoutUndefined(spec);
  plainSpecs.set(spec, plain);
  return plain;
}
