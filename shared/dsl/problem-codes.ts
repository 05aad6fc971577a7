/**
 * The problems that the DSL itself reports: what it had to replace by a guess so that the rest of the model could
 * be built. What stands in the graph as written (a zero point, a narrow unsigned quantiser) is left to the rules.
 */

/** Code and meaning of each, one sentence. */
export const dslProblemCodes = {
  "unknown-option": "A call has an option that the function does not know; it is ignored.",
  "invalid-option": "An option or argument has a value that the function cannot use; its default is used instead.",
  "missing-option": "A required option is missing; a guess is used instead.",
  "option-without-effect": "An option is set that another option makes meaningless.",
  "not-a-tensor": "A layer was called with something that is no tensor of the model.",
  "foreign-tensor": "A layer was called with a tensor of another model.",
  "layer-outside-forward": "A layer was called while no model's forward function was running.",
  "duplicate-name": "Two layers were given the same name; the later one was renamed.",
  "shape-mismatch": "Shapes do not fit together, or a kernel is larger than what it slides over.",
  "channel-mismatch": "A number of channels or features differs from what the input has.",
  "group-divisibility": "The number of groups does not divide the input or output channels.",
  "bit-width-not-integer": "A bit width is not a whole number of at least 1.",
  "bit-width-range": "A bit width is larger than 32.",
  "scale-not-positive-static": "A quantiser's scale is not a finite number above 0.",
  "scale-not-power-of-two": "A quantiser with powerOfTwo has a scale that is not a power of two.",
  "scale-granularity": "A quantiser's list of scales does not have one entry per channel.",
  "quantizer-misplaced": "A quantiser stands where it has no meaning, such as intBias() for a weight.",
  "invalid-model": "defineModel was called with something that describes no model.",
  "forward-output": "The forward function does not return a tensor of its model.",
  "invalid-parameter": "A model parameter has a value of another type than its default.",
} as const;

export type DslProblemCode = keyof typeof dslProblemCodes;
