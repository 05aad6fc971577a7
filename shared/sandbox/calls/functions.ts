/**
 * The DSL's functions by what they give back, and the steps of those that run the user's code. A record names a
 * function by its place in `functionNames`; guest and host are always of the same build.
 */

export const layerNames = [
  ...(["quantConv1d", "quantConv2d", "quantConvTranspose1d", "quantConvTranspose2d", "quantLinear"] as const),
  ...(["quantReLU", "quantSigmoid", "quantTanh", "quantIdentity", "quantHardTanh"] as const),
  ...(["relu", "sigmoid", "selu", "elu"] as const),
  ...(["maxPool1d", "maxPool2d", "quantAvgPool1d", "quantAvgPool2d", "globalMaxPool", "globalAvgPool"] as const),
  ...(["batchNorm1d", "batchNorm2d", "dropout"] as const),
  ...(["flatten", "reshape", "transpose", "concat", "pad", "upsample", "add", "mul"] as const),
] as const;

export const quantizerNames = ["int", "uint", "binary", "ternary", "intBias"] as const;

/** Functions that give plain data. */
export const descriptionNames = [
  ...(["challenge", "itu2021", "radioml2018", "synthetic", "npyFolder", "csvFolder"] as const),
  ...(["adam", "adamW", "sgd", "constant", "cosineWarmRestarts", "step", "plateau", "train", "prune"] as const),
  ...(["sweep", "grid", "random", "tpe", "evolution", "halving", "list"] as const),
] as const;

export const stepNames = [
  ...(["openModel", "modelParameter", "beginModel", "abandonModel", "endModel"] as const),
  ...(["openScope", "closeScope", "param", "customOp", "sizesOr"] as const),
] as const;

/** Functions whose calls are written down as they are. */
export const callNames = [...layerNames, ...quantizerNames, ...descriptionNames] as const;

export const functionNames = [...callNames, ...stepNames] as const;

export type CallName = (typeof callNames)[number];
export type StepName = (typeof stepNames)[number];
export type FunctionName = (typeof functionNames)[number];
