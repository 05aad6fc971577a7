/**
 * Whether what a program exported is what `defineModel` makes. A program can export anything, also something that
 * only looks like a model, and the engine must not stumble over it.
 */
import type { ModelDefinition } from "../dsl/definition.js";

type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** An object whose members pass their checks; it may have others. */
function shaped(members: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(members);
  return (value) => isObject(value) && entries.every(([name, check]) => check(value[name]));
}

const origin = shaped({ calls: listOf(isNumber), rows: listOf(isNumber) });
const path = listOf((key) => isString(key) || isNumber(key));

const node = shaped({
  name: isString,
  opType: isString,
  domain: isString,
  inputs: listOf(isString),
  outputs: listOf(isString),
  attributes: isObject,
  layer: optional(isNumber),
  role: optional(isString),
  quantizerOrigin: optional(origin),
});

const tensor = shaped({
  name: isString,
  elementType: isString,
  shape: optional(listOf(isNumber)),
  data: optional(listOf(isNumber)),
  density: optional(isNumber),
  dataType: optional(isString),
});

const layer = shaped({
  index: isNumber,
  name: isString,
  kind: isString,
  options: isObject,
  inputs: listOf(isString),
  output: isString,
  dropouts: optional(listOf(isNumber)),
  origin: optional(origin),
});

const graph = shaped({
  name: isString,
  nodes: listOf(node),
  tensors: listOf(tensor),
  inputs: listOf(isString),
  outputs: listOf(isString),
  layers: listOf(layer),
});

const baseline = shaped({
  name: isString,
  bops: isNumber,
  memWBits: isNumber,
  bopsWeight: isNumber,
  memWWeight: isNumber,
});

const definition = shaped({
  name: isString,
  graph,
  inputShape: listOf(isNumber),
  challenge: optional(
    shaped({ name: isString, baseline, inputShape: optional(listOf(isNumber)), origin: optional(origin) }),
  ),
  budget: optional(shaped({ score: optional(isNumber), bops: optional(isNumber), memWBits: optional(isNumber) })),
  data: optional(shaped({ source: isString, options: isObject, origin: optional(origin) })),
  recipe: listOf(shaped({ kind: isString, options: isObject, origin: optional(origin) })),
  sweep: optional(shaped({ vary: isObject, sampler: shaped({ kind: isString, options: isObject }) })),
  parameters: listOf(shaped({ name: isString, origin: optional(origin) })),
  problems: listOf(
    shaped({
      code: isString,
      message: isString,
      origin: optional(origin),
      path: optional(path),
      fixes: optional(Array.isArray),
    }),
  ),
  origin: optional(origin),
});

/** True for the plain data that `defineModel` gives back. */
export function isModelDefinition(value: unknown): value is ModelDefinition {
  return definition(value);
}
