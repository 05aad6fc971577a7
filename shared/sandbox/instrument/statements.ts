/**
 * Loops, `try` and `throw`.
 *
 * `for (init; test; step) body` becomes `{let t = b(ID); for (init; test; step) {c(t); body} x(t);}`: `b` notes
 * that the loop is running, `c` drops at each iteration the rows that the last one has read, `x` leaves.
 * `for (v of rows)` becomes `for (v of f(ID, rows))`, where `f` notes at each step whose turn it is.
 * A `catch` or `finally` goes on with the chain that the `try` began with.
 */
import type { TypeScript as ts, TypeScriptLibrary } from "../typescript.js";
import { visitReference } from "./calls.js";
import { visitPattern } from "./literals.js";
import type { Pass } from "./pass.js";

type Loop = ts.ForStatement | ts.WhileStatement | ts.DoStatement | ts.ForInStatement;

/** A statement that ends without a semicolon gets one, since what follows may now start differently. */
export function endStatement(pass: Pass, node: ts.Node): void {
  if (pass.text[node.end - 1] !== ";") pass.output.insert(node.end, ";");
}

export function visitPlainStatement(pass: Pass, node: ts.Node): void {
  pass.visitChildren(node);
  endStatement(pass, node);
}

/** Labels stay next to their loop, or `continue label` would be an error. */
export function visitLabeled(pass: Pass, node: ts.LabeledStatement): void {
  const { ts } = pass;
  let inner: ts.Statement = node;
  while (ts.isLabeledStatement(inner)) inner = inner.statement;
  const start = pass.start(node);
  if (ts.isForStatement(inner) || ts.isWhileStatement(inner) || ts.isDoStatement(inner) || ts.isForInStatement(inner)) {
    visitLoop(pass, inner, start);
  } else if (ts.isTryStatement(inner)) {
    visitTry(pass, inner, start);
  } else {
    pass.visit(inner);
  }
}

export function visitLoop(pass: Pass, node: Loop, start = pass.start(node)): void {
  if (pass.currentFunction.suspends) {
    visitLoopParts(pass, node, () => {
      pass.visit(node.statement);
    });
    return;
  }
  const { output, prefix } = pass;
  const position = pass.temporary();
  const id = pass.site("loop", node);
  output.insert(start, `{let ${position}=${prefix}b(${id});`);
  visitLoopParts(pass, node, () => {
    visitLoopBody(pass, node.statement, position);
  });
  output.insert(node.end, `;${prefix}x(${position});}`);
}

/** Header and body in source order. */
function visitLoopParts(pass: Pass, node: Loop, visitStatement: () => void): void {
  const { ts } = pass;
  if (ts.isForStatement(node)) {
    pass.visit(node.initializer);
    pass.visit(node.condition);
    pass.visit(node.incrementor);
    visitStatement();
  } else if (ts.isWhileStatement(node)) {
    pass.visit(node.expression);
    visitStatement();
  } else if (ts.isDoStatement(node)) {
    visitStatement();
    pass.visit(node.expression);
  } else {
    visitForInitializer(pass, node.initializer);
    pass.visit(node.expression);
    visitStatement();
  }
}

function visitLoopBody(pass: Pass, body: ts.Statement, position: string): void {
  const { ts, output, prefix } = pass;
  const isBlock = ts.isBlock(body);
  const outer = pass.currentLoop;
  const loop = { readsElements: false };
  pass.currentLoop = loop;
  const start = output.insert(pass.start(body) + (isBlock ? 1 : 0), "");
  if (isBlock) pass.visitAll(body.statements);
  else pass.visit(body);
  if (loop.readsElements) output.replace(start, `${isBlock ? "" : "{"}${prefix}c(${position});`);
  if (loop.readsElements && !isBlock) output.insert(body.end, "}");
  pass.currentLoop = outer;
}

export function visitForOf(pass: Pass, node: ts.ForOfStatement): void {
  const { output, prefix } = pass;
  visitForInitializer(pass, node.initializer);
  if (node.awaitModifier) {
    pass.visit(node.expression);
  } else {
    const id = pass.site("loop", node);
    output.insert(pass.start(node.expression), `${prefix}f(${id},`);
    pass.visit(node.expression);
    output.insert(node.expression.end, ")");
  }
  const outer = pass.currentLoop;
  // Each turn of `f` drops what the one before it has read.
  pass.currentLoop = { readsElements: false };
  pass.visit(node.statement);
  pass.currentLoop = outer;
}

function visitForInitializer(pass: Pass, node: ts.ForInitializer): void {
  if (pass.ts.isVariableDeclarationList(node)) pass.visit(node);
  else visitPattern(pass, node);
}

export function visitTry(pass: Pass, node: ts.TryStatement, start = pass.start(node)): void {
  const { output, prefix } = pass;
  if (pass.currentFunction.suspends) {
    pass.visitChildren(node);
    return;
  }
  const depth = pass.temporary();
  const restore = `${prefix}t(${depth});`;
  output.insert(start, `{let ${depth}=${prefix}d();`);
  pass.visitAll(node.tryBlock.statements);
  if (node.catchClause) {
    pass.visit(node.catchClause.variableDeclaration);
    output.insert(pass.start(node.catchClause.block) + 1, restore);
    pass.visitAll(node.catchClause.block.statements);
  }
  if (node.finallyBlock) {
    output.insert(pass.start(node.finallyBlock) + 1, restore);
    pass.visitAll(node.finallyBlock.statements);
  }
  output.insert(node.end, "}");
}

/** Values that are no errors have no stack, so the marks remember what was thrown where. */
export function visitThrow(pass: Pass, node: ts.ThrowStatement): void {
  const { output, prefix } = pass;
  const id = pass.site("throw", node);
  output.insert(pass.start(node.expression), `${prefix}h(${id},`);
  pass.visit(node.expression);
  output.insert(node.expression.end, ")");
  endStatement(pass, node);
}

export function visitVariableStatement(pass: Pass, node: ts.VariableStatement): void {
  pass.visit(node.declarationList);
  endStatement(pass, node);
}

const riskyOperatorSets = new WeakMap<TypeScriptLibrary, ReadonlySet<ts.SyntaxKind>>();

/** Operators that with big integers may run for ages without asking the interrupt handler. */
function riskyOperators(library: TypeScriptLibrary): ReadonlySet<ts.SyntaxKind> {
  const known = riskyOperatorSets.get(library);
  if (known) return known;
  const { SyntaxKind } = library;
  const set = new Set<ts.SyntaxKind>([
    SyntaxKind.AsteriskToken,
    SyntaxKind.AsteriskEqualsToken,
    SyntaxKind.AsteriskAsteriskToken,
    SyntaxKind.AsteriskAsteriskEqualsToken,
    SyntaxKind.SlashToken,
    SyntaxKind.SlashEqualsToken,
    SyntaxKind.PercentToken,
    SyntaxKind.PercentEqualsToken,
    SyntaxKind.LessThanLessThanToken,
    SyntaxKind.LessThanLessThanEqualsToken,
  ]);
  riskyOperatorSets.set(library, set);
  return set;
}

/** `a = b`, `a ** b` and everything else with two sides. */
export function visitBinary(pass: Pass, node: ts.BinaryExpression): void {
  const { ts, output, prefix } = pass;
  const operator = node.operatorToken.kind;
  if (operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment) {
    if (ts.isArrayLiteralExpression(node.left) || ts.isObjectLiteralExpression(node.left))
      visitPattern(pass, node.left);
    else visitReference(pass, node.left);
  } else {
    pass.visit(node.left);
  }
  const isRisky = riskyOperators(ts).has(operator);
  if (isRisky) output.insert(pass.start(node.right), `${prefix}p(${pass.site("operator", node)},`);
  if (ts.isIdentifier(node.left) && operator === ts.SyntaxKind.EqualsToken) pass.pendingName = node.left.text;
  pass.visit(node.right);
  pass.pendingName = undefined;
  if (isRisky) output.insert(node.right.end, ")");
}
