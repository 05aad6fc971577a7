/** A program without its quantisers: the float network that it was made from. */
import type { TrainOp, TrainProgram, WeightRef } from "../program.js";

/** The same values, operators and names; quantisers pass on what they are given, and their thresholds are gone. */
export function floatProgram(program: TrainProgram): TrainProgram {
  return {
    ...program,
    ops: program.ops.map(floatOp),
    quantizers: [],
    parameters: program.parameters.filter(({ kind }) => kind !== "threshold"),
  };
}

function floatOp(op: TrainOp): TrainOp {
  switch (op.kind) {
    case "quantize":
      return { kind: "identity", name: op.name, inputs: op.inputs, output: op.output };
    case "conv":
    case "linear":
      return { ...op, weight: floatRef(op.weight), ...(op.bias && { bias: floatRef(op.bias) }) };
    default:
      return op;
  }
}

function floatRef({ parameter }: WeightRef): WeightRef {
  return { parameter };
}
