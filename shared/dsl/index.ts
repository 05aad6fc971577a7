/**
 * Everything that a model file imports from "quantlens".
 *
 * Pure functions that build a graph: they run in the editor's sandbox, in the terminal and in a user's own Node.
 */
export { defineModel, scope } from "./model.js";
export type { BudgetSpec, InputSpec, Model, ModelSpec, ParameterDefaults } from "./model.js";
export { param } from "./parameters.js";
export type { ParameterValue } from "./plain-values.js";
export type { Tensor } from "./tensor.js";

export { binary, int, intBias, ternary, uint } from "./quantizers.js";
export type {
  FewLevelsOptions,
  Granularity,
  IntBiasOptions,
  Quantizer,
  QuantizerOptions,
  Rounding,
  Scaling,
  TernaryOptions,
} from "./quantizers.js";

export { quantConv1d, quantConv2d } from "./conv.js";
export type { QuantConv1dOptions, QuantConv2dOptions } from "./conv.js";
export type { MacOptions } from "./mac.js";
export type { PerAxis2d } from "./window.js";
export { quantConvTranspose1d, quantConvTranspose2d } from "./conv-transpose.js";
export type { QuantConvTranspose1dOptions, QuantConvTranspose2dOptions } from "./conv-transpose.js";
export { quantLinear } from "./linear.js";
export type { QuantLinearOptions } from "./linear.js";
export {
  elu,
  quantHardTanh,
  quantIdentity,
  quantReLU,
  quantSigmoid,
  quantTanh,
  relu,
  selu,
  sigmoid,
} from "./activations.js";
export type { EluOptions, QuantActivationOptions, QuantHardTanhOptions } from "./activations.js";
export { globalAvgPool, globalMaxPool, maxPool1d, maxPool2d, quantAvgPool1d, quantAvgPool2d } from "./pooling.js";
export type {
  GlobalAvgPoolOptions,
  MaxPool1dOptions,
  MaxPool2dOptions,
  QuantAvgPool1dOptions,
  QuantAvgPool2dOptions,
} from "./pooling.js";
export { batchNorm1d, batchNorm2d, dropout } from "./normalization.js";
export type { BatchNormOptions, DropoutOptions } from "./normalization.js";
export { concat, flatten, pad, reshape, transpose, upsample } from "./shape-ops.js";
export type { ConcatOptions, FlattenOptions, PadOptions, UpsampleOptions } from "./shape-ops.js";
export { add, mul } from "./elementwise.js";
export type { ElementwiseOptions } from "./elementwise.js";
export { customOp } from "./custom-op.js";
export type { CustomOpCall, CustomOpOptions, CustomOpWeights } from "./custom-op.js";
export type { LayerOptions } from "./layer.js";

export { challenge, itu2021 } from "./challenge.js";
export type { Challenge, ChallengeOptions } from "./challenge.js";
export { csvFolder, npyFolder, radioml2018, synthetic } from "./data.js";
export type {
  CsvFolderOptions,
  DataSource,
  FolderOptions,
  RadioML2018Options,
  Split,
  SyntheticOptions,
} from "./data.js";
export { adam, adamW, constant, cosineWarmRestarts, plateau, sgd, step } from "./optimizers.js";
export type {
  AdamOptions,
  CosineWarmRestartsOptions,
  Optimizer,
  PlateauOptions,
  Schedule,
  SgdOptions,
  StepOptions,
} from "./optimizers.js";
export { evolution, grid, halving, list, random, sweep, tpe } from "./sweep.js";
export type { EvolutionOptions, RandomOptions, Range, Sampler, Sweep, SweepOptions, TpeOptions } from "./sweep.js";
export { prune, train } from "./recipe.js";
export type { Distillation, FinetuneOptions, PruneOptions, PruneTarget, Stage, TrainOptions } from "./recipe.js";
