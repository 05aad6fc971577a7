/** Values that parameters start with: PyTorch's defaults. */
import { elementCount } from "../../shared/graph/graph.js";
import { RandomStream } from "../data/random/stream.js";
import { constrainWeights } from "./constrain.js";
import type { ParameterSpec, TrainProgram } from "./program.js";
import { magnitudes } from "./scales.js";

/**
 * Initial values of all parameters by name, buffers included. Each parameter's values depend on the seed and its own
 * name only, so that an edit elsewhere in the model does not change them.
 * @param seed whole number from 0 to 2^32 - 1
 */
export function initialize(program: TrainProgram, seed: number): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const spec of program.parameters) values.set(spec.name, initialValues(program, spec, { made: values, seed }));
  constrainWeights(program, values);
  return values;
}

interface Context {
  /** The parameters before this one: a weight stands before its threshold. */
  readonly made: ReadonlyMap<string, Float32Array>;
  readonly seed: number;
}

function initialValues(
  { parameters }: TrainProgram,
  { name, shape, init }: ParameterSpec,
  { made, seed }: Context,
): Float32Array {
  const count = elementCount(shape);
  switch (init.kind) {
    case "uniform": {
      const stream = new RandomStream(seed, ...Array.from(name, (character) => character.codePointAt(0) ?? 0));
      return Float32Array.from({ length: count }, () => stream.uniform(-init.bound, init.bound));
    }
    case "constant":
      return new Float32Array(count).fill(init.value);
    case "values":
      return init.values.slice();
    case "maxAbs": {
      const weight = made.get(init.parameter);
      const weightShape = parameters.find((spec) => spec.name === init.parameter)?.shape;
      if (!weight || !weightShape) throw new Error(`${name} starts from ${init.parameter}, which is not there yet`);
      return magnitudes(weight, weightShape, init.channelAxis);
    }
  }
}
