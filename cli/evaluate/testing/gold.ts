/** The published network of the challenge with its trained weights, as the original tools ran it. */
import { readFileSync } from "node:fs";
import bacalhaunet from "../../../examples/bacalhaunet/bacalhaunet.model.js";
import { graphFromJson } from "../../../shared/graph/graph.js";
import { goldenPath } from "../../../shared/testing/golden.js";
import { lowerProgram } from "../../train/lower/lower.js";
import type { ParameterSpec, TrainProgram } from "../../train/program.js";
import { evaluationScales } from "../../train/scales.js";
import type { NetworkState } from "../integer/weights.js";

interface StateDictionary {
  readonly tensors: readonly { readonly name: string; readonly byte_offset: number; readonly byte_length: number }[];
}

interface GoldForward {
  readonly logits: readonly (readonly number[])[];
  readonly argmax: readonly number[];
  readonly sample0_ints: Readonly<
    Record<string, { readonly offset: number; readonly length: number; readonly dtype: "int8" | "uint8" }>
  >;
}

/** How the names of the original's tensors end, by kind of parameter. */
const endings: Readonly<Record<ParameterSpec["kind"], readonly string[]>> = {
  weight: [".conv.weight", "fc.weight"],
  bias: ["fc.bias"],
  gamma: [".norm.weight"],
  beta: [".norm.bias"],
  runningMean: [".running_mean"],
  runningVar: [".running_var"],
  threshold: [".scaling_impl.value"],
};

export function goldProgram(): TrainProgram {
  const { value, problems } = lowerProgram(graphFromJson(bacalhaunet.graph));
  if (value === undefined) throw new Error(problems.map(({ message }) => message).join("\n"));
  return value;
}

/** The trained parameters by the program's names: of each kind in the same order as in the original. */
export function goldParameters(program: TrainProgram): Map<string, Float32Array> {
  const bytes = readGold("state_dict.bin");
  const { tensors } = readGoldJson("state_dict.json") as StateDictionary;
  const parameters = new Map<string, Float32Array>();
  for (const [kind, suffixes] of Object.entries(endings)) {
    const specs = program.parameters.filter((spec) => spec.kind === kind);
    const found = tensors.filter(({ name }) => suffixes.some((suffix) => name.endsWith(suffix)));
    if (specs.length !== found.length)
      throw new Error(`${specs.length} parameters of kind ${kind}, ${found.length} given`);
    specs.forEach(({ name }, index) => {
      const { byte_offset: start = 0, byte_length: length = 0 } = found[index] ?? {};
      parameters.set(name, new Float32Array(bytes.slice(start, start + length)));
    });
  }
  return parameters;
}

export function goldState(): NetworkState {
  const program = goldProgram();
  const parameters = goldParameters(program);
  return { program, parameters, masks: new Map(), scales: () => evaluationScales(program, parameters) };
}

/** The inputs of the original's run, one after another, each (2, 1024). */
export function goldInputs(): Float32Array {
  return new Float32Array(readGold("inputs.bin"));
}

export function goldForward(): GoldForward {
  return readGoldJson("gold_forward.json") as GoldForward;
}

/** The integers of the first input behind each quantiser, in the network's order. */
export function goldIntegers(): { readonly name: string; readonly integers: Int8Array | Uint8Array }[] {
  const bytes = readGold("sample0_ints.bin");
  return Object.entries(goldForward().sample0_ints).map(([name, { offset, length, dtype }]) => {
    const part = bytes.slice(offset, offset + length);
    return { name, integers: dtype === "int8" ? new Int8Array(part) : new Uint8Array(part) };
  });
}

function readGold(file: string): ArrayBuffer {
  return Uint8Array.from(readFileSync(goldenPath("bacalhaunet", "forward", file))).buffer;
}

function readGoldJson(file: string): unknown {
  return JSON.parse(readFileSync(goldenPath("bacalhaunet", "forward", file), "utf8"));
}
