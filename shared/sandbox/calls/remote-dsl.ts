/** The module `quantlens` inside the sandbox: the functions of `dsl/index.ts`, each of which writes its call down. */
import { driveModel, driveScope, isFunction, type ModelSteps, type ScopeSteps } from "../../dsl/drivers.js";
import { globalMarks } from "../../dsl/marks.js";
import { descriptionNames, layerNames, quantizerNames, stepNames, type FunctionName } from "./functions.js";
import { lazyObject } from "./lazy-object.js";
import { ask, codeOf, Formula, record, RemoteQuantizer, RemoteTensor, resultOf, standsFor } from "./recorder.js";

type Remote<Result> = (first?: unknown, second?: unknown, third?: unknown) => Result;

/** The functions with these names; `make` makes one of the number by which a record names it. */
function remotes<Name extends FunctionName, Result>(
  names: readonly Name[],
  make: (code: number) => Remote<Result>,
): Record<Name, Remote<Result>> {
  const functions = names.map((name) => [name, make(codeOf(name))] as const);
  return Object.fromEntries(functions) as Record<Name, Remote<Result>>;
}

export const {
  quantConv1d,
  quantConv2d,
  quantConvTranspose1d,
  quantConvTranspose2d,
  quantLinear,
  quantReLU,
  quantSigmoid,
  quantTanh,
  quantIdentity,
  quantHardTanh,
  relu,
  sigmoid,
  selu,
  elu,
  maxPool1d,
  maxPool2d,
  quantAvgPool1d,
  quantAvgPool2d,
  globalMaxPool,
  globalAvgPool,
  batchNorm1d,
  batchNorm2d,
  dropout,
  flatten,
  reshape,
  transpose,
  concat,
  pad,
  upsample,
  add,
  mul,
} = remotes(layerNames, (code) => (first, second, third) => new RemoteTensor(record(code, first, second, third)));

export const { int, uint, binary, ternary, intBias } = remotes(
  quantizerNames,
  (code) => (first, second) => new RemoteQuantizer(record(code, first, second)),
);

export const {
  challenge,
  itu2021,
  radioml2018,
  synthetic,
  npyFolder,
  csvFolder,
  adam,
  adamW,
  sgd,
  constant,
  cosineWarmRestarts,
  step,
  plateau,
  train,
  prune,
  sweep,
  grid,
  random,
  tpe,
  evolution,
  halving,
  list,
} = remotes(descriptionNames, (code) => (options) => description(record(code, options), true));

/** What the program sees of a result that is plain data. */
function description(id: number, isFrozen: boolean): object {
  return standsFor(
    lazyObject(() => ask(id, "value") as object, isFrozen),
    id,
  );
}

/** Steps, whose results only name themselves in later steps. */
const steps = remotes(
  stepNames,
  (code) =>
    (...args) =>
      standsFor({}, record(code, ...args)),
);

/** A parameter's value: the default itself, whatever it is, or the plain data that were chosen. */
function valueInForce(parameter: object, defaultValue: unknown): unknown {
  const answer = ask(resultOf(parameter), "value") as { readonly chosen?: unknown };
  return Object.hasOwn(answer, "chosen") ? answer.chosen : defaultValue;
}

export function param(name: unknown, defaultValue: unknown): unknown {
  return valueInForce(steps.param(name, defaultValue), defaultValue);
}

const modelSteps: ModelSteps<object, object> = {
  open: () => steps.openModel(),
  parameter: (model, name, defaultValue) => valueInForce(steps.modelParameter(model, name, defaultValue), defaultValue),
  isChosen: (name) => Object.hasOwn(globalMarks()?.parameters ?? {}, name),
  begin: (model, spec) => new RemoteTensor(resultOf(steps.beginModel(model, spec))),
  abandon: (model) => void steps.abandonModel(model),
  end: (model, result) => description(resultOf(steps.endModel(model, result)), false),
};

export function defineModel(spec: unknown, defaults: unknown = {}): object {
  return driveModel(modelSteps, spec, defaults);
}

const scopeSteps: ScopeSteps<object> = {
  open: (name, build) => steps.openScope(name, build),
  close: (opened) => void steps.closeScope(opened),
};

export function scope(name: unknown, build: unknown): unknown {
  return driveScope(scopeSteps, name, build);
}

/** The formulas among the options are the user's functions, so they are computed here. */
export function customOp(first: unknown, options?: unknown): RemoteTensor {
  if (options !== undefined || Array.isArray(first) || isTensor(first)) return customOpOf(first, options);
  const { inputs, ...rest } = Object(first) as { readonly inputs?: unknown };
  return customOpOf(inputs, rest);
}

function customOpOf(inputs: unknown, options: unknown): RemoteTensor {
  const { outputShape, macs } = Object(options) as Readonly<Record<string, unknown>>;
  const hasFormula = isFunction(outputShape) || isFunction(macs);
  const given = hasFormula ? { ...(options as object), ...computed(inputs, outputShape, macs) } : options;
  return new RemoteTensor(resultOf(steps.customOp(inputs, given)));
}

/** The options that are formulas, with what they give. */
function computed(inputs: unknown, outputShape: unknown, macs: unknown): { outputShape?: Formula; macs?: Formula } {
  const list: readonly unknown[] = Array.isArray(inputs) && inputs.length > 0 ? inputs : [inputs];
  const shapes = list.map((input) => (isTensor(input) ? input.shape : [1]));
  const stated = isFunction(outputShape) ? outputShape(...shapes) : outputShape;
  return {
    ...(isFunction(outputShape) && { outputShape: new Formula(stated) }),
    ...(isFunction(macs) && { macs: new Formula(macs(usedShape(stated, shapes[0]), ...shapes)) }),
  };
}

/** The stated shape if it is one, else the first input's. */
function usedShape(stated: unknown, first: unknown): unknown {
  return ask(resultOf(steps.sizesOr(stated, first)), "value");
}

function isTensor(value: unknown): value is RemoteTensor {
  return typeof value === "object" && value !== null && RemoteTensor.idOf(value) !== undefined;
}
