/**
 * Follows a path of options (`["weightQuant", 0]`) from a call site to the expression that decides it: through
 * the call's own object literal, spreads, constants, the caller's arguments and the config row in whose turn
 * the layer was made.
 */
import type { Origin } from "../graph/graph.js";
import type { OptionPath } from "../problems.js";
import type { CallSite, Expression, Program, Property } from "./program.js";

/** An expression and the file it stands in. */
export interface Place {
  readonly file: string;
  readonly expression: Expression;
  /** The property whose value it is, when it is one. */
  readonly property?: Property;
}

/** The call an origin ends at. */
export function leafCall(program: Program, origin: Origin): CallSite | undefined {
  const leaf = origin.calls.at(-1);
  return leaf === undefined ? undefined : program.calls.get(leaf);
}

/** The object literal that holds a call's options: the last argument that is one, also behind a `const`. */
export function optionsArgument(call: CallSite): Expression | undefined {
  return call.args.map(literal).findLast((argument) => argument.kind === "object");
}

/** Where an option is decided, as far as it can be followed; `undefined` when the path leads nowhere. */
export function resolveOption(program: Program, origin: Origin, path: OptionPath): Place | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return undefined;
  let place = resolveInCall(program, origin.calls, first) ?? resolveInRows(program, origin, first);
  for (const step of rest) {
    if (place === undefined) return undefined;
    place = descend(program, place, step);
  }
  return place;
}

/** Properties of the object that `defineModel` gets, also when it gets a function that returns one. */
export function resolveModelProperty(program: Program, path: OptionPath): Place | undefined {
  const call = program.modelCall === undefined ? undefined : program.calls.get(program.modelCall);
  const object = call && modelObject(call);
  if (!call || !object) return undefined;
  let place: Place | undefined = { file: call.file, expression: object };
  for (const step of path) place = place && descend(program, place, step);
  return place;
}

/** The object literal that describes the model. */
export function modelObject(call: CallSite): Expression | undefined {
  const [argument] = call.args;
  if (!argument) return undefined;
  const value = literal(argument);
  if (value.kind === "object") return value;
  return value.kind === "function" && value.returns?.kind === "object" ? value.returns : undefined;
}

/** What an identifier's constant is initialised with; anything else is itself. */
export function literal(expression: Expression): Expression {
  let current = expression;
  for (let hops = 0; current.definition && hops < 16; hops++) current = current.definition;
  return current;
}

function resolveInCall(program: Program, calls: Origin["calls"], step: string | number): Place | undefined {
  const leaf = calls.at(-1);
  const call = leaf === undefined ? undefined : program.calls.get(leaf);
  if (!call) return undefined;
  if (typeof step === "number") {
    const argument = call.args[step];
    return argument && { file: call.file, expression: argument };
  }
  const options = optionsArgument(call);
  const direct = options && propertyOf(options, step);
  if (direct) return { file: call.file, expression: direct.value, property: direct };
  // The options come from elsewhere (`{ ...o }`, or the parameter itself): look at what the caller handed over.
  const passedOn = options
    ? (options.spreads?.length ?? 0) > 0
    : call.args.some((argument) => argument.kind !== "call");
  return passedOn ? resolveInCall(program, calls.slice(0, -1), step) : undefined;
}

function resolveInRows(program: Program, origin: Origin, step: string | number): Place | undefined {
  if (typeof step === "number") return undefined;
  for (const row of origin.rows.toReversed()) {
    const element = program.elements.get(row);
    const property = element && propertyOf(literal(element.expression), step);
    if (property) return { file: element.file, expression: property.value, property };
  }
  return undefined;
}

function descend(program: Program, place: Place, step: string | number): Place | undefined {
  const value = literal(place.expression);
  if (value.kind === "call" && value.call !== undefined) {
    return resolveInCall(program, [value.call], step);
  }
  if (value.kind !== "object" || typeof step === "number") return undefined;
  const property = propertyOf(value, step);
  return property && { file: place.file, expression: property.value, property };
}

/** An own property of an object literal, else one of the constants that it spreads; the last one wins. */
export function propertyOf(object: Expression, name: string): Property | undefined {
  const own = object.properties?.findLast((property) => property.name === name);
  if (own) return own;
  for (const spread of object.spreads?.toReversed() ?? []) {
    const value = literal(spread);
    const found = value.kind === "object" ? propertyOf(value, name) : undefined;
    if (found) return found;
  }
  return undefined;
}
