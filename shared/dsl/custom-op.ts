/** Operators of the user's own, with the cost that its author states. */
import { quantlensDomain } from "../graph/custom-op.js";
import { addLayerNode, beginLayer, endLayer, nameField, tensorList, type LayerOptions } from "./layer.js";
import {
  finite,
  integer,
  listOf,
  nested,
  optional,
  readOptions,
  readValue,
  type Field,
  type FieldsOf,
} from "./options.js";
import { inputQuantPlace, outputQuantPlace, quantized, quantizerDataType, quantizerField } from "./quantizer-nodes.js";
import type { Quantizer } from "./quantizers.js";
import { enter, type Site } from "./session.js";
import { Tensor } from "./tensor.js";

/** Weights of a custom operator, as far as their memory and their multiplications cost. */
export interface CustomOpWeights {
  /** Number of weights. */
  elements: number;
  /** Their quantiser. Default: none, they are charged 32 bits each. */
  quant?: Quantizer;
}

/** Options of `customOp`. */
export interface CustomOpOptions extends Omit<LayerOptions, "name"> {
  /** The operator's name. Layers are named after it, made unique by `_1`, `_2`, ... */
  name: string;
  /** Shape of the output, batch included; or a function of the shapes of the inputs. */
  outputShape: readonly number[] | ((...inputs: (readonly number[])[]) => readonly number[]);
  /**
   * Multiply-accumulates of one inference; or a function of the shapes of the output and of the inputs. Each costs
   * input bits * weight bits. Default 0.
   */
  macs?: number | ((output: readonly number[], ...inputs: (readonly number[])[]) => number);
  /** What the operator multiplies with. Default: no weights; a MAC then costs input bits * input bits. */
  weights?: CustomOpWeights;
  /** A quantiser for each input. Default: none. */
  inputQuant?: Quantizer;
  /** A quantiser for the output. Default: none, the output is FLOAT32. */
  outputQuant?: Quantizer;
}

/** `customOp` with the inputs among the options. */
export interface CustomOpCall extends CustomOpOptions {
  /** The tensors that the operator reads. */
  inputs: Tensor | readonly Tensor[];
}

/**
 * An operator of your own with the cost formula that was agreed on (the challenge's "custom operations").
 *
 * `customOp(x, { name: "Shift", outputShape: x.shape, macs: 0 })`. Output of the stated shape; cost: `macs` times
 * input bits times weight bits, and `weights.elements` times weight bits of memory. An exported ONNX file has a node
 * of the domain "quantlens", whose cost other tools do not know.
 */
export function customOp(inputs: Tensor | readonly Tensor[], options: CustomOpOptions): Tensor;
export function customOp(options: CustomOpCall): Tensor;
export function customOp(first: Tensor | readonly Tensor[] | CustomOpCall, options?: CustomOpOptions): Tensor {
  const site = enter("customOp");
  if (options !== undefined || Tensor.locate(first) || Array.isArray(first)) return build(site, first, options);
  const { inputs, ...rest } = Object(first) as Partial<CustomOpCall>;
  return build(site, inputs, rest);
}

const nonNegative = finite("a number of at least 0", 0, (value) => value >= 0);
const sizes = listOf(integer(1, 1), "a list of sizes of at least 1");

type Formula<T> = T | ((...shapes: (readonly number[])[]) => unknown);

/** A value, or a function that computes it from shapes. */
function formula<T>(field: Field<T>): Field<Formula<T>> {
  return {
    ...field,
    expects: `${field.expects}, or a function that gives one`,
    parse: (value, site, name) =>
      typeof value === "function" ? (value as Exclude<Formula<T>, T>) : field.parse(value, site, name),
  };
}

const weightsFields = { elements: integer(0, 0), quant: quantizerField } satisfies FieldsOf<CustomOpWeights>;

const customOpFields = {
  name: { ...nameField, required: true, expects: "a text that is not empty", guess: undefined },
  outputShape: formula({ ...sizes, guess: undefined }),
  macs: formula(optional(nonNegative, 0)),
  weights: nested("an object such as { elements: 1024, quant: int(6) }", weightsFields),
  inputQuant: quantizerField,
  outputQuant: quantizerField,
} satisfies FieldsOf<CustomOpOptions>;

function build(site: Site, inputs: unknown, raw: unknown): Tensor {
  const given = readOptions(site, raw, customOpFields);
  const { name, weights, inputQuant, outputQuant } = given;
  const list = tensorList(inputs);
  // The user's formulas run before the layer begins, because they may make layers themselves.
  const shapes = list.map((input) => Tensor.locate(input)?.value.shape ?? [1]);
  const outputShape = evaluated(site, "outputShape", given.outputShape, { ...sizes, guess: shapes[0] ?? [1] }, shapes);
  const macs = evaluated(site, "macs", given.macs, nonNegative, [outputShape, ...shapes]);
  const layer = beginLayer({ site, base: name ?? "custom", name: undefined, inputs: list });
  const used = layer.inputs.map((input) => quantized(layer, input, inputQuant, inputQuantPlace));
  const output = addLayerNode(layer, {
    opType: "CustomOp",
    domain: quantlensDomain,
    role: "mac",
    inputs: used,
    attributes: {
      name: name ?? "custom",
      outputShape,
      macs,
      weightElements: weights?.elements ?? 0,
      ...(weights && { weightDataType: quantizerDataType(weights.quant) }),
    },
  });
  const options = {
    name,
    outputShape,
    macs,
    weightElements: weights?.elements ?? 0,
    weightQuant: weights?.quant,
    inputQuant,
    outputQuant,
  };
  return endLayer(layer, quantized(layer, output, outputQuant, outputQuantPlace), options);
}

/** The shape that a customOp's output has when this is stated: for who calls the user's formulas elsewhere. */
export function sizesOr(stated: unknown, guess: readonly number[]): readonly number[] {
  return sizes.parse(stated, enter("customOp"), "outputShape") ?? guess;
}

/** The value of a formula; what it gives is checked like a plain option. */
function evaluated<T>(
  site: Site,
  option: string,
  given: Formula<T | undefined>,
  field: Field<T>,
  shapes: readonly (readonly number[])[],
): T {
  const value = typeof given === "function" ? (given as (...args: unknown[]) => unknown)(...shapes) : given;
  if (value === undefined) return field.guess;
  return readValue(site, option, option, value, field);
}
