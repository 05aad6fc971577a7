/**
 * The problems that the DSL and the sandbox report themselves, beside the rules: their severity and what their pages say.
 * Together with the rules they are all codes there are; a code that is a rule too has the rule's page.
 */
import { dslProblemCodes, type DslProblemCode } from "../dsl/problem-codes.js";
import type { Severity } from "../problems.js";
import type { Profile } from "./types.js";

export interface ProblemPage {
  readonly code: string;
  /** One line: what is reported. */
  readonly summary: string;
  /** Markdown: why, and what to do. */
  readonly description: string;
  readonly severity: Readonly<Record<Profile, Severity>>;
}

/** Where a guess had to stand in, the graph is not what the file says, whatever the target. */
const guessed: ProblemPage["severity"] = { itu2021: "error", finn: "error", hls4ml: "error", qcdq: "error" };

/** The model is what was written, as far as it means anything. */
const slip: ProblemPage["severity"] = { itu2021: "warning", finn: "warning", hls4ml: "warning", qcdq: "warning" };

const severities: Readonly<Partial<Record<string, ProblemPage["severity"]>>> = {
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
  "unknown-option":
    "Options are checked when the layer is made, also where the editor's type check is off. The message names the nearest option that there is.",
  "invalid-option":
    "The message says what is expected, what was found and what is used instead, so that the rest of the model can still be costed.",
  "missing-option": "The layer is built with a guess until the option is there; its cost is that of the guess.",
  "option-without-effect":
    "Two options contradict each other, or one makes the other meaningless: a `biasQuant` with `bias: false`, for instance. Leave one of them out.",
  "not-a-tensor":
    "Layers are functions of tensors: of `forward`'s argument, or of what another layer returned. The last layer's output stands in.",
  "foreign-tensor":
    "A tensor belongs to the model whose `forward` made it. Keep no tensors in variables outside `forward`.",
  "layer-outside-forward":
    "Layers belong to the model whose `forward` is running. Call helpers that make layers within `forward`.",
  "duplicate-name":
    "Names identify layers in checkpoints and exports. In loops and helpers give names together with `scope`.",
  "shape-mismatch":
    "Sizes that cannot be combined, or a kernel that is larger than what it slides over. The message has both sizes; check stride and padding.",
  "channel-mismatch":
    "Input channels are inferred. Where `inChannels` or `inFeatures` is given it must agree; operands of `add` and `mul` need the same channels.",
  "group-divisibility":
    "Each group of a convolution has equally many input and output channels. The greatest divisor is used until it is mended.",
  "bit-width-not-integer": "Widths are whole numbers of at least 1. The nearest one is used until it is mended.",
  "bit-width-range": "Above 32 bits a quantiser is finer than the float it quantises. 32 are used until it is mended.",
  "scale-not-positive-static": "A scale is the step between two levels: a finite number above 0.",
  "scale-not-power-of-two":
    "`powerOfTwo` rounds the scale up to a power of two; write the power itself to say what is used.",
  "scale-granularity":
    'A list of scales needs `granularity: "channel"` and one entry per output channel (weights) or channel (activations).',
  "quantizer-misplaced": "`intBias()` takes its scale from input and weight, so it is for biases only.",
  "invalid-model": "`defineModel` needs a name, an input shape and a `forward` function.",
  "forward-output":
    "`forward` must return the tensor that is the model's output; a forgotten `return` is the usual cause.",
  "invalid-parameter": "A parameter keeps the type of its default. The default is used instead.",
};

/** What keeps a model file from running: reported by the sandbox, always as errors. */
const sandboxProblems: readonly Omit<ProblemPage, "severity">[] = [
  {
    code: "deadline-exceeded",
    summary: "The model was not finished within its deadline and was stopped.",
    description:
      "Model files are run while they are edited, so they have to be quick. The place is the call that was running: look for a loop that does not end, or for one over far too many elements.",
  },
  {
    code: "file-not-found",
    summary: "The model file cannot be read.",
    description: "Check the file's name.",
  },
  {
    code: "file-too-large",
    summary: "A file, or the program of all files together, is too large to be run while it is edited.",
    description: "Keep data out of model files: `data` says where it is.",
  },
  {
    code: "import-not-allowed",
    summary: 'A model file imports only "quantlens" and relative files.',
    description:
      "Model files run without file system, network and packages, so that opening one is safe. Relative `.ts`, `.js` and `.json` files can be imported.",
  },
  {
    code: "import-not-found",
    summary: "An imported file does not exist.",
    description: "The path is relative to the importing file.",
  },
  {
    code: "model-throws",
    summary: "The program threw an error.",
    description: "The message is the program's own. The last good hints stay until it runs again.",
  },
  {
    code: "never-settles",
    summary: "The file waits for something that never comes.",
    description: "Nothing outside a model file can answer it: there are no timers and no input. Remove the `await`.",
  },
  {
    code: "no-model",
    summary: "The file exports no model.",
    description: "Write `export default defineModel({ ... })`.",
  },
  {
    code: "out-of-memory",
    summary: "The program needs more memory than it may have.",
    description: "Graphs are small: look for an array that grows without end.",
  },
  {
    code: "stack-overflow",
    summary: "Calls are nested too deeply.",
    description: "Look for a function that calls itself without an end.",
  },
  {
    code: "syntax-error",
    summary: "The file does not parse.",
    description: "The last good hints stay, moved along with the edits, until it parses again.",
  },
];

/** Pages of all codes that the DSL and the sandbox report, in alphabetical order. */
export const problemPages: readonly ProblemPage[] = [
  ...sandboxProblems.map((page) => ({ ...page, severity: guessed })),
  ...Object.entries(dslProblemCodes).map(([code, summary]) => ({
    code,
    summary,
    description: descriptions[code as DslProblemCode],
    severity: severities[code] ?? guessed,
  })),
].sort((a, b) => (a.code < b.code ? -1 : 1));
