/**
 * Probes: what an operator makes of chosen numbers and of a chosen gradient of its output, seen through a session,
 * which only has a loss. The numbers are stored: a convolution of ones by them passes them on unchanged, and its weight's
 * gradient is theirs. The chosen gradient is the weight of a last layer whose first logit is its product with the
 * output; the loss passes it back times one factor, which that logit's bias shows.
 */
import { elementCount, type Shape } from "../../../shared/graph/graph.js";
import type { Backend, Session, SessionOptions } from "../backend.js";
import type { TrainProgram, ValueId } from "../program.js";
import { buildProgram, type ProgramBuilder } from "./program-builder.js";

export interface Probe {
  readonly session: Session;
  readonly program: TrainProgram;
  /** Of the probed operators. */
  readonly output: ValueId;
}

/** The parameter that holds the input's numbers. */
export const storedInput = "probe.input";
const readout = "probe.readout";
const readoutBias = "probe.readout_bias";

/** Opens a session on the operators that `build` adds between an input and an output of these shapes. */
export async function openProbe(
  backend: Backend,
  shapes: { readonly input: Shape; readonly output: Shape },
  build: (builder: ProgramBuilder, x: ValueId) => ValueId,
  options: Partial<SessionOptions> = {},
): Promise<Probe> {
  const count = elementCount(shapes.input);
  const outputs = elementCount(shapes.output);
  let output = 0;
  const program = buildProgram([count, 1], (builder) => {
    const numbers = builder.op(
      {
        kind: "conv",
        weight: { parameter: builder.parameter(storedInput, [count, 1, 1], "weight") },
        kernel: [1],
        stride: [1],
        padding: [[0, 0]],
        dilation: [1],
        groups: count,
        transposed: false,
      },
      [builder.input],
      [count, 1],
    );
    output = build(builder, builder.op({ kind: "reshape" }, [numbers], shapes.input));
    const flat = builder.op({ kind: "reshape" }, [output], [outputs]);
    const weight = builder.parameter(readout, [2, outputs], "weight");
    const bias = builder.parameter(readoutBias, [2], "bias");
    const linear = { weight: { parameter: weight }, bias: { parameter: bias }, weightTransposed: false };
    return builder.op({ kind: "linear", ...linear }, [flat], [2]);
  });
  const session = await backend.open(program, { batchSize: 1, threads: 1, ...options });
  return { session, program, output };
}

export interface Probing {
  readonly x: ArrayLike<number>;
  /** Of the output. */
  readonly gradient: ArrayLike<number>;
  /** Other parameters. */
  readonly parameters?: Readonly<Record<string, ArrayLike<number>>>;
}

export interface Probed {
  /** The output in training mode, as the readout's gradient shows it: to float32's precision. */
  readonly output: Float64Array;
  /** Of each parameter, under the chosen gradient; `probe.input` is that of x. Absent where there is none. */
  readonly gradients: ReadonlyMap<string, Float64Array>;
}

/** Runs one training step. */
export async function probe({ session, program }: Probe, { x, gradient, parameters = {} }: Probing): Promise<Probed> {
  setParameters(session, { ...parameters, [storedInput]: x });
  const rows = session.parameters.get(readout) ?? new Float32Array(0);
  rows.fill(0);
  rows.set(gradient);
  const ones = new Float32Array(elementCount(program.values[program.input]?.shape ?? [])).fill(1);
  const [logit = 0, other = 0] = await session.predict(ones, 1);
  // The label that is less likely keeps the factor away from 0.
  const labels = Int32Array.of(logit >= other ? 1 : 0);
  await session.trainStep({ x: ones, labels, size: 1 }, { step: 0 });
  const factor = session.gradients.get(readoutBias)?.[0] ?? NaN;
  const gradients = new Map(
    Array.from(session.gradients, ([name, values]) => [name, Float64Array.from(values, (value) => value / factor)]),
  );
  const output = (gradients.get(readout) ?? new Float64Array(0)).slice(0, gradient.length);
  return { output, gradients };
}

/** The output in evaluation mode, exactly. */
export async function evaluateProbe({ session, program, output }: Probe): Promise<Float32Array> {
  const ones = new Float32Array(elementCount(program.values[program.input]?.shape ?? [])).fill(1);
  const found = await session.activations(ones, 1, [output]);
  return found.get(output) ?? new Float32Array(0);
}

/** Fills parameters in place. */
export function setParameters(session: Session, values: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, numbers] of Object.entries(values)) {
    const parameter = session.parameters.get(name);
    if (parameter?.length !== numbers.length) throw new Error(`${name} has not ${numbers.length} values`);
    parameter.set(numbers);
  }
}
