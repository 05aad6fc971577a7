/**
 * Following an option of a call to where its value is written: in the call's own object literal, else through
 * a spread to a constant, to what the caller passed, or to the config row in whose turn the call was made.
 */
import type { Origin } from "../graph/graph.js";
import type { OptionPath } from "../problems.js";
import type { BindingSource, CallSite, Expression, Program, Property } from "./program.js";

/** An expression and where it stands: its file, and how far up the chain of calls it belongs. */
export interface Place {
  readonly file: string;
  readonly expression: Expression;
  /** Index into `origin.calls` of the call in whose function the expression stands. */
  readonly level: number;
  /** The property whose value it is. */
  readonly property?: Property;
}

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
    for (const expression of call.args.toReversed()) {
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
      const found = this.member(this.follow({ file, expression: spread, level }), key);
      if (found) return found;
    }
    return expression.kind === "identifier" ? this.inRows([key]) : undefined;
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
    const whole =
      source.kind === "value"
        ? { file, expression: source.of, level }
        : this.argument(source.index, source.body, level, source.path);
    if (whole === undefined) return fallback;
    let part: Place | undefined = whole;
    // A callback's row has been searched with its path.
    if (source.kind === "parameter" && this.isCallback(source.body, level)) return part;
    for (const key of source.path) part &&= this.member(this.follow(part), key);
    return part ?? fallback;
  }

  /** What the caller passed as a parameter of the function with this body. */
  private argument(
    index: number,
    body: { start: number; end: number },
    level: number,
    path: BindingSource["path"],
  ): Place | undefined {
    if (this.isCallback(body, level)) return this.inRows(path);
    const caller = this.callAt(level - 1);
    const expression = caller?.args[index];
    if (caller === undefined || expression === undefined) return undefined;
    return { file: caller.file, expression, level: level - 1 };
  }

  /** The function was itself an argument of the call above: it was called back, in the turn of a row. */
  private isCallback(body: { start: number; end: number }, level: number): boolean {
    const caller = this.callAt(level - 1);
    const leaf = this.callAt(level);
    if (caller === undefined || caller.file !== leaf?.file) return false;
    return caller.args.some(({ start, end }) => start <= body.start && body.end <= end);
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
