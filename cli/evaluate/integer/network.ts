/**
 * A trained network as integer hardware runs it: integer weights and activations, integer accumulators, and thresholds in
 * place of bias, batch norm, activation function and quantiser. Where that is not possible it is said.
 */
import { elementCount } from "../../../shared/graph/graph.js";
import type { ProgramValue, TrainOp, ValueId } from "../../train/program.js";
import { codeBook } from "./code-book.js";
import { activated, added, batchNorm, joined, multiplied } from "./elementwise.js";
import {
  floatTerm,
  integerTerm,
  materialise,
  type AccumulatorTrack,
  type Assembly,
  type FloatNote,
  type Form,
  type Numbers,
} from "./form.js";
import { padded, pooled, reshaped, transposed, upsampled } from "./layout.js";
import { multiplyAccumulate } from "./mac.js";
import { requantiser } from "./thresholds.js";
import { scaleOf, type NetworkState } from "./weights.js";

/** A quantised tensor; its codes are those of the sample that ran last. */
export interface QuantisedValue {
  readonly value: ValueId;
  /** The quantiser's name. */
  readonly quantizer: string;
  /** Zero points are taken off. */
  readonly codes: Numbers;
  /** What a code of 1 stands for: one, or one per position on axis 0. */
  readonly scale: Float64Array;
}

export interface IntegerNetwork {
  /** Runs one sample; gives its logits, in an array that the next run fills again. */
  run(sample: Float32Array): Numbers;
  readonly quantised: readonly QuantisedValue[];
  readonly accumulators: readonly AccumulatorTrack[];
  /** What is not done in integers, in the network's order. */
  readonly notes: readonly FloatNote[];
}

/** Takes over a network with the parameters, masks and scales in force; later changes to them are not seen. */
export function integerNetwork(state: NetworkState): IntegerNetwork {
  const { program } = state;
  const assembly: Assembly = { steps: [], notes: [], accumulators: [] };
  const quantised: QuantisedValue[] = [];
  const input = program.values[program.input];
  if (input === undefined) throw new Error("The program has no input.");
  const sample = floatTerm(elementCount(input.shape));
  const forms = new Map<ValueId, Form>([[program.input, { shape: input.shape, terms: [sample], after: [] }]]);
  for (const op of program.ops) {
    const operands = op.inputs.map((id) => formOf(forms, id));
    const output = program.values[op.output];
    const [first] = operands;
    if (output === undefined || first === undefined) throw new Error(`${op.name} has no output or no input.`);
    const form =
      op.kind === "quantize"
        ? quantise(assembly, state, op, first, quantised)
        : assemble(assembly, state, op, operands, first, output);
    forms.set(op.output, form);
  }
  const result = materialise(assembly, formOf(forms, program.output));
  const logits = result.terms[0]?.values ?? new Float64Array();
  return {
    run(x) {
      sample.values.set(x);
      for (const step of assembly.steps) step();
      return logits;
    },
    quantised,
    accumulators: assembly.accumulators,
    notes: assembly.notes,
  };
}

function formOf(forms: ReadonlyMap<ValueId, Form>, id: ValueId): Form {
  const form = forms.get(id);
  if (form === undefined) throw new Error(`Value ${id} is used before it is made.`);
  return form;
}

type QuantizeOp = Extract<TrainOp, { kind: "quantize" }>;

function assemble(
  assembly: Assembly,
  state: NetworkState,
  op: Exclude<TrainOp, QuantizeOp>,
  operands: readonly Form[],
  input: Form,
  output: ProgramValue,
): Form {
  const { shape } = output;
  const note = notesOf(assembly, op, output);
  switch (op.kind) {
    case "conv":
    case "linear":
      return multiplyAccumulate(assembly, state, op, input, shape, note);
    case "batchNorm":
      return batchNorm(state, op, input);
    case "relu":
    case "sigmoid":
    case "tanh":
    case "identity":
    case "elu":
    case "selu":
    case "clip":
    case "dropout":
      return activated(op, input);
    case "add":
      return added(assembly, operands, shape, note);
    case "mul":
      return multiplied(assembly, operands, shape, note);
    case "concat":
      return joined(assembly, operands, shape, op.axis, note);
    case "pad":
      return padded(assembly, op, input, shape, note);
    case "maxPool":
    case "avgPool":
      return pooled(assembly, op, input, shape, note);
    case "upsample":
      return upsampled(assembly, op, input, shape, note);
    case "reshape":
      return reshaped(assembly, input, shape);
    case "transpose":
      return transposed(assembly, input, shape, op.permutation);
  }
}

function notesOf(assembly: Assembly, { name }: TrainOp, { layer }: ProgramValue): (reason: string) => void {
  return (reason) => assembly.notes.push({ node: name, reason, ...(layer !== undefined && { layer }) });
}

function quantise(
  assembly: Assembly,
  state: NetworkState,
  op: QuantizeOp,
  input: Form,
  quantised: QuantisedValue[],
): Form {
  const { program } = state;
  const spec = program.quantizers[op.quantizer];
  const output = program.values[op.output];
  if (spec === undefined || output === undefined) throw new Error(`${op.name} has no quantiser or no output.`);
  const note = notesOf(assembly, op, output);
  const scale = scaleOf(state, spec);
  const book = codeBook(spec);
  if (!book.integers) note("its levels are no multiples of a common step");
  const { run, reason } = requantiser(input, book, scale);
  if (reason !== undefined) note(reason);
  const steps = scale.map((value) => value * book.unit);
  const count = elementCount(output.shape);
  const term = book.integers
    ? { ...integerTerm(count, steps, book.min, book.max), bits: spec.bits }
    : { ...floatTerm(count), scale: steps };
  assembly.steps.push(() => {
    run(term.values);
  });
  quantised.push({ value: op.output, quantizer: spec.name, codes: term.values, scale: steps });
  return { shape: output.shape, terms: [term], after: [] };
}
