/**
 * The bundle `dist/models.cjs`: what commands do with model files, which needs the sandbox and the rules. Commands load
 * it by `import("../models.js")` when they are called, so that the cost of an ONNX file is printed without it.
 */
export { check } from "./check.js";
export { diff } from "./diff.js";
export { costedModelFile } from "./input/model-cost.js";
