/**
 * The problems that the DSL and the sandbox report themselves, beside the rules: their severity and, for those that
 * are no rule as well, what their page says. Together with the rules they are all codes there are.
 */
import { dslProblemCodes, type DslProblemCode } from "../dsl/problem-codes.js";
import type { Severity } from "../problems.js";
import type { Profile } from "./types.js";

export interface DslProblemPage {
  readonly code: string;
  /** One line: what is reported. */
  readonly summary: string;
  /** Markdown: why, and what to do. */
  readonly description: string;
  readonly severity: Readonly<Record<Profile, Severity>>;
}

/** Where a guess had to stand in, the graph is not what the file says, whatever the target. */
const guessed: DslProblemPage["severity"] = { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" };

/** The model is what was written, as far as it means anything. */
const slip: DslProblemPage["severity"] = { itu2021: "warning", finn: "warning", hls4ml: "warning", qcdq: "warning" };

const severities: Readonly<Partial<Record<string, DslProblemPage["severity"]>>> = {
  "unknown-option": slip,
  "option-without-effect": slip,
  "duplicate-name": slip,
  "scale-not-power-of-two": { ...slip, hls4ml: "error" },
};

/** Severity of a problem that the DSL reports, under a profile. */
export function dslProblemSeverity(code: string, profile: Profile): Severity {
  return (severities[code] ?? guessed)[profile];
}

const descriptions: Readonly<Record<DslProblemCode, string>> = {
  "unknown-option": "Options are checked when the layer is made, also where the editor's type check is off. The message names the nearest option that there is.",
  "invalid-option": "The message says what is expected, what was found and what is used instead, so that the rest of the model can still be costed.",
  "missing-option": "The layer is built with a guess until the option is there; its cost is that of the guess.",
  "option-without-effect": "Two options contradict each other, or one makes the other meaningless: a `biasQuant` with `bias: false`, for instance. Leave one of them out.",
  "not-a-tensor": "Layers are functions of tensors: of `forward`'s argument, or of what another layer returned. The last layer's output stands in.",
  "foreign-tensor": "A tensor belongs to the model whose `forward` made it. Keep no tensors in variables outside `forward`.",
  "layer-outside-forward": "Layers belong to the model whose `forward` is running. Call helpers that make layers within `forward`.",
  "duplicate-name": "Names identify layers in checkpoints and exports. In loops and helpers give names together with `scope`.",
  "shape-mismatch": "Sizes that cannot be combined, or a kernel that is larger than what it slides over. The message has both sizes; check stride and padding.",
  "channel-mismatch": "Input channels are inferred. Where `inChannels` or `inFeatures` is given it must agree; operands of `add` and `mul` need the same channels.",
  "group-divisibility": "Each group of a convolution has equally many input and output channels. The greatest divisor is used until it is mended.",
  "bit-width-not-integer": "Widths are whole numbers of at least 1. The nearest one is used until it is mended.",
  "bit-width-range": "Above 32 bits a quantiser is finer than the float it quantises. 32 are used until it is mended.",
  "scale-not-positive-static": "A scale is the step between two levels: a finite number above 0.",
  "scale-not-power-of-two": "`powerOfTwo` rounds the scale up to a power of two; write the power itself to say what is used.",
  "scale-granularity": "A list of scales needs `granularity: \"channel\"` and one entry per output channel (weights) or channel (activations).",
  "quantizer-misplaced": "`intBias()` takes its scale from input and weight, so it is for biases only.",
  "invalid-model": "`defineModel` needs a name, an input shape and a `forward` function.",
  "forward-output": "`forward` must return the tensor that is the model's output; a forgotten `return` is the usual cause.",
  "invalid-parameter": "A parameter keeps the type of its default. The default is used instead.",
};

/** Pages of all codes of the DSL, in alphabetical order. */
export const dslProblemPages: readonly DslProblemPage[] = Object.entries(dslProblemCodes)
  .map(([code, summary]) => ({
    code,
    summary,
    description: descriptions[code as DslProblemCode],
    severity: severities[code] ?? guessed,
  }))
  .sort((a, b) => (a.code < b.code ? -1 : 1));
