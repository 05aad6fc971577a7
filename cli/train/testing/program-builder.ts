/** Programs written operator by operator, for tests of what the DSL alone cannot set up. */
import type { Shape } from "../../../shared/graph/graph.js";
import type {
  ParameterSpec,
  ProgramValue,
  QuantizerId,
  QuantizerSpec,
  TrainOp,
  TrainProgram,
  ValueId,
} from "../program.js";

/** An operator without what the builder adds. */
export type OpDraft = TrainOp extends infer Op
  ? Op extends TrainOp
    ? Omit<Op, "name" | "inputs" | "output">
    : never
  : never;

export interface ProgramBuilder {
  readonly input: ValueId;
  /** Adds an operator with an output of this shape. */
  readonly op: (draft: OpDraft, inputs: readonly ValueId[], shape: Shape) => ValueId;
  readonly parameter: (name: string, shape: Shape, kind: ParameterSpec["kind"]) => string;
  readonly quantizer: (spec: Partial<QuantizerSpec> & Pick<QuantizerSpec, "role" | "bits" | "scale">) => QuantizerId;
}

/** Builds a program; `build` gives the logits. */
export function buildProgram(inputShape: Shape, build: (builder: ProgramBuilder) => ValueId): TrainProgram {
  const values: ProgramValue[] = [{ name: "input", shape: inputShape }];
  const ops: TrainOp[] = [];
  const parameters: ParameterSpec[] = [];
  const quantizers: QuantizerSpec[] = [];
  const output = build({
    input: 0,
    op: (draft, inputs, shape) => {
      const name = `${draft.kind}${ops.length}`;
      values.push({ name, shape });
      ops.push({ ...draft, name, inputs, output: values.length - 1 });
      return values.length - 1;
    },
    parameter: (name, shape, kind) => {
      const trainable = kind !== "runningMean" && kind !== "runningVar";
      parameters.push({ name, shape, kind, trainable, layer: name, init: { kind: "constant", value: 0 } });
      return name;
    },
    quantizer: (spec) =>
      quantizers.push({
        name: `quantizer${quantizers.length}`,
        kind: "int",
        signed: true,
        narrow: false,
        zeroPoint: 0,
        rounding: "round",
        powerOfTwo: false,
        ...spec,
      }) - 1,
  });
  return { name: "test", values, ops, parameters, quantizers, input: 0, output };
}
