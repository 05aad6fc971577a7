/**
 * Following an option of a call to where its value is written: in the call's own object literal, else through
 * a spread to a constant, to what the caller passed, or to the config row in whose turn the call was made.
 */
import type { Origin } from "../graph/graph.js";
import type { OptionPath } from "../problems.js";
import { layerNames } from "./calls/functions.js";
import type { BindingSource, CallSite, Expression, Program, Property, Span } from "./program.js";

/** An expression and where it stands: its file, and how far up the chain of calls it belongs. */
export interface Place {
  readonly file: string;
  readonly expression: Expression;
  /** Index into `origin.calls` of the call in whose function the expression stands. */
  readonly level: number;
  /** The property whose value it is. */
  readonly property?: Property;
}

/** Methods that call back once per element. */
const iteratingCallee = /\.(?:map|flatMap|forEach|filter|some|every|find\w*|reduce\w*|from)$/;

/** Bound on the steps of one search: programs may define things in circles. */
const maxSteps = 64;

/** Where the option at `path` of the leaf call is written; `undefined` if it is not. */
export function findOption(program: Program, origin: Origin, path: OptionPath): Place | undefined {
  return new Search(program, origin).option(path);
}

/** The literal (or whatever cannot be followed further) that a place's value comes from. */
export function findValue(program: Program, origin: Origin, place: Place): Place {
  return new Search(program, origin).follow(place);
}

/**
 * What a new option at `path` + one more key would be added to: the leaf call itself for an empty path, else the
 * call or the object literal that the option's value is.
 */
export function findContainer(program: Program, origin: Origin, path: OptionPath): Place | undefined {
  const search = new Search(program, origin);
  if (path.length === 0) return search.leaf();
  const place = search.option(path);
  return place && search.follow(place);
}

const layers: ReadonlySet<string> = new Set(layerNames);

/** How many arguments of a layer come before its options: calls that make tensors, whose options are not the layer's. */
function tensorArguments({ dslName = "" }: CallSite): number {
  if (!layers.has(dslName)) return 0;
  return dslName === "add" || dslName === "mul" ? 2 : 1;
}

function isSame(one: Span | undefined, other: Span): boolean {
  return one?.start === other.start && one.end === other.end;
}

class Search {
  private steps = 0;

  constructor(
    private readonly program: Program,
    private readonly origin: Origin,
  ) {}

  leaf(): Place | undefined {
    const level = this.origin.calls.length - 1;
    const call = this.callAt(level);
    if (call === undefined) return undefined;
    const { id, file, start, end } = call;
    return { file, expression: { kind: "call", call: id, start, end }, level };
  }

  option(path: OptionPath): Place | undefined {
    const level = this.origin.calls.length - 1;
    const [first, ...rest] = path;
    const call = this.callAt(level);
    if (call === undefined || first === undefined) return undefined;
    let place = this.inCall(call, level, first);
    for (const key of rest) place &&= this.member(this.follow(place), key);
    return place;
  }

  private callAt(level: number): CallSite | undefined {
    const id = this.origin.calls[level];
    return id === undefined ? undefined : this.program.calls.get(id);
  }

  /** An argument by position, or an option of the last argument that has one of that name. */
  private inCall(call: CallSite, level: number, key: string | number): Place | undefined {
    if (typeof key === "number") {
      const expression = call.args[key];
      return expression && { file: call.file, expression, level };
    }
    for (const expression of call.args.slice(tensorArguments(call)).toReversed()) {
      const found = this.member(this.follow({ file: call.file, expression, level }), key);
      if (found) return found;
    }
    return undefined;
  }

  /** A property, an element or, of a call such as `int(6)`, an argument or option. */
  private member(place: Place, key: string | number): Place | undefined {
    const { file, expression, level } = place;
    if (this.isTooFar()) return undefined;
    if (expression.kind === "call") {
      const call = expression.call === undefined ? undefined : this.program.calls.get(expression.call);
      return call && this.inCall(call, level, key);
    }
    if (expression.returns) return this.member({ file, expression: expression.returns, level }, key);
    if (expression.kind === "array") {
      const element = typeof key === "number" ? expression.elements?.[key] : undefined;
      return element && { file, expression: element, level };
    }
    const property = expression.properties?.findLast(({ name }) => name === String(key));
    if (property) return { file, expression: property.value, level, property };
    for (const spread of expression.spreads?.toReversed() ?? []) {
      const whole = this.follow({ file, expression: spread, level });
      // Of an object that cannot be followed, `...pick(b)`, the row is the best guess.
      const found = this.member(whole, key) ?? (whole.expression.kind === "object" ? undefined : this.inRows([key]));
      if (found) return found;
    }
    return undefined;
  }

  /** Goes from names and members to what they stand for, as far as that is known. */
  follow(place: Place): Place {
    const { file, expression, level } = place;
    if (this.isTooFar()) return place;
    const { definition, source, member } = expression;
    if (definition) return this.follow({ file, expression: definition, level });
    if (member) {
      const found = this.member(this.follow({ file, expression: member.object, level }), member.key);
      return found ? this.follow(found) : place;
    }
    const found = source && this.bound(source, place);
    return found ? this.follow(found) : place;
  }

  private bound(source: BindingSource, { file, level }: Place): Place | undefined {
    const fallback = source.fallback && { file, expression: source.fallback, level };
    if (source.kind === "row") return this.inRows(source.path) ?? fallback;
    if (source.kind === "parameter") return this.parameter(source, level) ?? fallback;
    return this.part({ file, expression: source.of, level }, source.path) ?? fallback;
  }

  private part(whole: Place, path: BindingSource["path"]): Place | undefined {
    let part: Place | undefined = whole;
    for (const key of path) part &&= this.member(this.follow(part), key);
    return part;
  }

  /** What a parameter was given: by the caller or, to a callback of `rows.map(...)`, as the row whose turn it was. */
  private parameter({ index, body, path }: BindingSource & { kind: "parameter" }, level: number): Place | undefined {
    // The expression may stand in a function within the one that has the parameter.
    let inner = level;
    while (inner >= 0 && !isSame(this.callAt(inner)?.enclosingSpan, body)) inner -= 1;
    const caller = this.callAt(inner - 1);
    if (caller === undefined) return undefined;
    const isCallback =
      caller.file === this.callAt(inner)?.file &&
      caller.args.some(({ start, end }) => start <= body.start && body.end <= end);
    if (isCallback) return iteratingCallee.test(caller.callee) ? this.inRows(path) : undefined;
    const expression = caller.args[index];
    return expression && this.part({ file: caller.file, expression, level: inner - 1 }, path);
  }

  /** The part of the innermost row that has one there. */
  private inRows(path: BindingSource["path"]): Place | undefined {
    if (this.isTooFar()) return undefined;
    for (const id of this.origin.rows.toReversed()) {
      const row = this.program.elements.get(id);
      if (row === undefined) continue;
      // A row stands at the top of the program or in an outer function: what it names belongs to no call.
      let place: Place | undefined = { file: row.file, expression: row.expression, level: -1 };
      for (const key of path) place &&= this.member(place, key);
      if (place) return place;
    }
    return undefined;
  }

  private isTooFar(): boolean {
    this.steps += 1;
    return this.steps > maxSteps;
  }
}
