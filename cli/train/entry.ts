/**
 * The bundle `dist/train.cjs`: the actions of every command that trains, evaluates or reads data. Commands load it by
 * `import("../train/entry.js")` when they are called, so that `quantlens cost` starts without it.
 */
export { dataGenerate } from "../data/command/generate.js";
export { dataInfo } from "../data/command/info.js";
export { dataVerify } from "../data/command/verify.js";
export { doctor } from "../doctor/doctor.js";
export { evaluate } from "../evaluate/command.js";
export { exportModel } from "../export/export.js";
export { importWeights } from "../import/import.js";
export { importModel } from "../import/import-model.js";
export { inspect } from "../inspect/command.js";
export { packageSubmission } from "../package/package.js";
export { resumeSweep, sweep, sweepWork } from "../sweep/command.js";
export { sweepJob } from "../sweep/jobs/job-process.js";
export { cancelSweep, sweepBest, sweepStatus } from "../sweep/look.js";
export { search } from "../search/command.js";
export { train } from "./run/command.js";
