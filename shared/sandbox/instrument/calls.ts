/**
 * Calls. `f(a, b)` becomes `e(ID, f(a, n(ID, b)))`: `n` runs when all arguments are evaluated, puts the call
 * on the chain and gives its second argument back; `e` takes it off again. A call without arguments, or whose
 * last one is spread, gets an empty spread: `f(...n0(ID))`. So the callee, its `this` and the order of
 * evaluation stay as they were.
 */
import type { TypeScript as ts } from "../typescript.js";
import { eraseTypeArguments } from "./types.js";
import type { Pass } from "./pass.js";

/** Array, Set and Map methods that call back once per element. */
const iterating = new Set(
  "forEach map filter some every find findIndex findLast findLastIndex flatMap reduce reduceRight".split(" "),
);
/** Methods whose result holds (some of) the receiver's elements. */
const deriving = new Set(
  "map filter slice concat reverse sort toReversed toSorted splice toSpliced with flat entries values".split(" "),
);
/** Of these, the ones whose result has an element for each of the receiver's, in order. */
const inOrder = new Set(["map", "from", "with"]);
/**
 * Native methods that may run for ages without ever asking the interrupt handler. The host is told of such a
 * call before it starts, so that it can name the place if it has to end the worker.
 */
const risky = new Set(
  (
    "indexOf lastIndexOf includes join fill copyWithin sort reverse flat concat slice splice toSorted toReversed at " +
    "test exec match matchAll replace replaceAll search split repeat padStart padEnd normalize localeCompare " +
    "forEach map filter some every find findIndex reduce reduceRight from parse stringify asIntN asUintN toString BigInt " +
    "Array ArrayBuffer SharedArrayBuffer RegExp Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array " +
    "Uint8ClampedArray Float32Array Float64Array BigInt64Array BigUint64Array"
  ).split(" "),
);

/** Bound on the identifiers that one call hands to the marks beside its last argument. */
const maxExtras = 3;

type Call = ts.CallExpression | ts.NewExpression;

export function visitCall(pass: Pass, node: ts.CallExpression): void {
  const { ts } = pass;
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    visitDynamicImport(pass, node);
    return;
  }
  if (node.flags & ts.NodeFlags.OptionalChain) {
    visitChain(pass, node);
    return;
  }
  // A direct eval is one only when it is written as such.
  if (ts.isIdentifier(node.expression) && node.expression.text === "eval") {
    pass.visitChildren(node);
    return;
  }
  const id = pass.site("call", node);
  if (isPlainDslCall(pass, node)) {
    visitDslCall(pass, node, id);
    return;
  }
  const name = memberName(pass, node);
  const element = elementwise(pass, node, name);
  pass.output.insert(pass.start(node), `${pass.prefix}${element ? "a" : "e"}(${id},`);
  if (element === "method") visitReceiver(pass, node.expression as ts.PropertyAccessExpression, id);
  else visitReference(pass, node.expression);
  visitArguments(pass, node, id);
  pass.output.insert(node.end, element && inOrder.has(name ?? "") ? ",1)" : ")");
}

/** Most of a model's calls: of a function that is imported from `quantlens`, with one or two arguments. */
function isPlainDslCall(pass: Pass, { expression, arguments: args }: ts.CallExpression): boolean {
  const { ts } = pass;
  return (
    ts.isIdentifier(expression) &&
    pass.quantlensNames.has(expression.text) &&
    args.length <= maxPlainArguments &&
    !args.some((argument) => ts.isSpreadElement(argument))
  );
}

const maxPlainArguments = 2;

/** `f(a, b)` becomes `u2(ID, f, a, b)`. A function of the file that has the same name is called in the same way. */
function visitDslCall(pass: Pass, node: ts.CallExpression, id: number): void {
  const { output, prefix } = pass;
  const { expression, arguments: args } = node;
  const [first] = args;
  output.insert(pass.start(node), `${prefix}u${args.length}(${id},`);
  pass.visit(expression);
  output.erase(expression.end, first ? pass.start(first) : node.end);
  output.insert(first ? pass.start(first) : node.end, first ? "," : ")");
  pass.visitAll(args);
}

/**
 * `super(x);` stays a statement of its own, `super(n(ID, x)); e(ID, 0);`: TypeScript's emitter looks for it to
 * put the constructor's parameter properties behind it.
 */
export function visitSuperStatement(pass: Pass, node: ts.CallExpression): void {
  const id = pass.site("call", node);
  visitArguments(pass, node, id);
  pass.output.insert(node.end, `;${pass.prefix}e(${id},0)`);
}

export function visitNew(pass: Pass, node: ts.NewExpression): void {
  const id = pass.site("call", node);
  pass.output.insert(pass.start(node), `${pass.prefix}e(${id},`);
  pass.visit(node.expression);
  visitArguments(pass, node, id);
  pass.output.insert(node.end, ")");
}

/** A literal `import("./x.js")` is collected like any import. */
function visitDynamicImport(pass: Pass, node: ts.CallExpression): void {
  const [specifier] = node.arguments;
  if (specifier && pass.ts.isStringLiteralLike(specifier)) referTo(pass, specifier);
  else pass.visit(specifier);
}

/** Puts a token in place of a module specifier; `linkModule` puts the resolved one there. */
export function referTo(pass: Pass, specifier: ts.StringLiteralLike): string {
  const start = pass.start(specifier);
  const token = `"${pass.prefix}m${pass.references.length}"`;
  pass.references.push({ specifier: specifier.text, start, end: specifier.end, token });
  pass.output.erase(start, specifier.end, false);
  pass.output.insert(specifier.end, token);
  return token;
}

/** The name of the method that is called: `map` of `blocks.map(...)`. */
function memberName(pass: Pass, node: Call): string | undefined {
  const callee = node.expression;
  return pass.ts.isPropertyAccessExpression(callee) && pass.ts.isIdentifier(callee.name) ? callee.name.text : undefined;
}

/** Whether a call may go through a config array's elements: as a method of it, or as `Array.from(array, ...)`. */
function elementwise(pass: Pass, node: Call, name = memberName(pass, node)): "method" | "from" | undefined {
  const { ts } = pass;
  const callee = node.expression;
  if (name === undefined || !ts.isPropertyAccessExpression(callee) || node.flags & ts.NodeFlags.OptionalChain)
    return undefined;
  if (name === "from")
    return ts.isIdentifier(callee.expression) && callee.expression.text === "Array" ? "from" : undefined;
  if (callee.expression.kind === ts.SyntaxKind.SuperKeyword) return undefined;
  return iterating.has(name) || deriving.has(name) ? "method" : undefined;
}

/** The marks keep the receiver, to know its elements when the callback and the result come. */
function visitReceiver(pass: Pass, callee: ts.PropertyAccessExpression, id: number): void {
  pass.output.insert(pass.start(callee), `${pass.prefix}k(${id},`);
  pass.visit(callee.expression);
  pass.output.insert(callee.expression.end, ")");
}

/** Visits a callee, an assignment's target or the operand of `delete`: a reference that must stay one. */
export function visitReference(pass: Pass, node: ts.Node): void {
  const { ts } = pass;
  if (ts.isElementAccessExpression(node)) {
    if (node.flags & ts.NodeFlags.OptionalChain) visitLink(pass, node, { previous: 0 });
    else pass.visitChildren(node);
  } else if (ts.isPropertyAccessExpression(node)) {
    if (node.flags & ts.NodeFlags.OptionalChain) visitLink(pass, node, { previous: 0 });
    else pass.visit(node.expression);
  } else if (ts.isParenthesizedExpression(node)) {
    visitReference(pass, node.expression);
  } else if (ts.isNonNullExpression(node)) {
    visitReference(pass, node.expression);
    pass.eraseType(node.expression.end, node.end);
  } else if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) {
    visitReference(pass, node.expression);
    pass.eraseType(node.expression.end, node.end);
  } else {
    pass.visit(node);
  }
}

/** `previous` is the call before this one in the same optional chain, 0 for none: it has ended by now. */
function visitArguments(pass: Pass, node: Call, id: number, previous = 0): void {
  const { ts, output, prefix } = pass;
  eraseTypeArguments(pass, node.typeArguments);
  const { arguments: args } = node;
  if (args === undefined) {
    output.insert(node.end, `(...${prefix}n0(${id}))`);
    return;
  }
  const last = args.at(-1);
  const mark = markName(pass, node);
  if (last === undefined) {
    output.insert(node.end - 1, previous === 0 ? `...${prefix}${mark}0(${id})` : `...${prefix}j0(${previous},${id})`);
    return;
  }
  const end = args.length - 1;
  for (let index = 0; index < end; index += 1) visitArgumentAt(pass, node, index, id, previous);
  if (ts.isSpreadElement(last)) {
    visitArgumentAt(pass, node, end, id, previous);
    output.insert(last.end, `,...${prefix}${mark}0(${id})`);
    return;
  }
  output.insert(pass.start(last), `${prefix}${mark}(${id},`);
  visitArgumentAt(pass, node, end, id, previous);
  output.insert(last.end, namesBefore(pass, args, end));
}

/** Of the arguments before the last one, those that are names: a row that has a name may be among them. */
function namesBefore(pass: Pass, args: readonly ts.Expression[], end: number): string {
  let names = "";
  let left = maxExtras;
  for (let index = 0; index < end && left > 0; index += 1) {
    const argument = args[index];
    if (argument === undefined || !pass.ts.isIdentifier(argument)) continue;
    names += `,${argument.getText(pass.source)}`;
    left -= 1;
  }
  return `${names})`;
}

function visitArgumentAt(pass: Pass, node: Call, index: number, id: number, previous: number): void {
  const argument = node.arguments?.[index];
  if (argument === undefined) return;
  if (index === 0 && previous !== 0) visitAfter(pass, argument, previous);
  else visitArgument(pass, node, argument, index, id);
}

/** `x` becomes `(o(PREVIOUS), x)`: the call before in the optional chain is taken off first. */
function visitAfter(pass: Pass, node: ts.Expression, previous: number): void {
  const { output, prefix } = pass;
  const value = pass.ts.isSpreadElement(node) ? node.expression : node;
  output.insert(pass.start(value), `(${prefix}o(${previous}),`);
  pass.visit(value);
  output.insert(value.end, ")");
}

/** `n` for ordinary calls, `m` where the host is told first. */
function markName(pass: Pass, node: Call): "n" | "m" {
  const name = memberName(pass, node) ?? (pass.ts.isIdentifier(node.expression) ? node.expression.text : "");
  return risky.has(name) ? "m" : "n";
}

/** Visits an argument; some kinds are handed to the marks before the call begins. */
function visitArgument(pass: Pass, node: Call, argument: ts.Expression, index: number, id: number): void {
  const { output, prefix } = pass;
  const mark = argumentMark(pass, node, argument, index);
  if (mark === undefined) {
    pass.visit(argument);
    return;
  }
  output.insert(pass.start(argument), `${prefix}${mark}(${id},`);
  pass.visit(argument);
  output.insert(argument.end, ")");
}

/**
 * `y`: the callback of an iterating method on a config array learns whose turn it is. `k`: the array that
 * `Array.from` goes through. `q`: a member may be a row; names are handed over with the last argument.
 */
function argumentMark(pass: Pass, node: Call, argument: ts.Expression, index: number): "y" | "k" | "q" | undefined {
  const { ts } = pass;
  if (ts.isSpreadElement(argument)) return undefined;
  const element = elementwise(pass, node);
  if (element === "from" && index < 2) return index === 0 ? "k" : "y";
  if (element === "method" && index === 0 && iterating.has(memberName(pass, node) ?? "")) return "y";
  const isLast = index + 1 === node.arguments?.length;
  const bare = ts.isNonNullExpression(argument) ? argument.expression : argument;
  const isMember = ts.isElementAccessExpression(bare) || ts.isPropertyAccessExpression(bare);
  return isMember && !isLast ? "q" : undefined;
}

/**
 * An optional chain may stop short, so only the whole of it can be wrapped: `r(d(), a?.f(n(ID, x)).y)`, where
 * `r` restores the depth that `d` found.
 */
export function visitChain(pass: Pass, node: ts.Expression): void {
  if (!hasCall(pass, node)) {
    visitLink(pass, node, { previous: 0 });
    return;
  }
  pass.output.insert(pass.start(node), `${pass.prefix}r(${pass.prefix}d(),`);
  visitLink(pass, node, { previous: 0 });
  pass.output.insert(node.end, ")");
}

function hasCall(pass: Pass, node: ts.Node): boolean {
  const { ts } = pass;
  if (!(node.flags & ts.NodeFlags.OptionalChain)) return false;
  if (ts.isCallExpression(node)) return true;
  return "expression" in node && hasCall(pass, node.expression as ts.Node);
}

/** A link of the chain; `state.previous` is the id of the call before it in the same chain, 0 for none. */
function visitLink(pass: Pass, node: ts.Expression, state: { previous: number }): void {
  const { ts } = pass;
  if (!(node.flags & ts.NodeFlags.OptionalChain)) {
    visitReference(pass, node);
  } else if (ts.isPropertyAccessExpression(node)) {
    visitLink(pass, node.expression, state);
  } else if (ts.isElementAccessExpression(node)) {
    visitLink(pass, node.expression, state);
    if (state.previous === 0) pass.visit(node.argumentExpression);
    else visitAfter(pass, node.argumentExpression, state.previous);
  } else if (ts.isNonNullExpression(node)) {
    visitLink(pass, node.expression, state);
    pass.eraseType(node.expression.end, node.end);
  } else if (ts.isCallExpression(node)) {
    visitLink(pass, node.expression, state);
    const id = pass.site("call", node);
    visitArguments(pass, node, id, state.previous);
    state.previous = id;
  } else {
    pass.visitChildren(node);
  }
}
