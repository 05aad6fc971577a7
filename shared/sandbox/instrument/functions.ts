/** Functions, classes and their members. */
import type { TypeScript as ts } from "../typescript.js";
import { visitSuperStatement } from "./calls.js";
import { endStatement } from "./statements.js";
import { skipTrivia, type Pass } from "./pass.js";
import {
  eraseAnnotation,
  eraseNode,
  eraseToken,
  eraseTypeArguments,
  hasModifier,
  visitExpressionWithTypeArguments,
  visitModifiers,
} from "./types.js";

export function visitFunction(pass: Pass, node: ts.FunctionLikeDeclaration): void {
  const { ts } = pass;
  if (node.body === undefined) {
    // An overload or an abstract method.
    eraseNode(pass, node);
    return;
  }
  const { pendingName, currentFunction, currentLoop, inPattern } = pass;
  pass.pendingName = undefined;
  visitModifiers(pass, node.modifiers);
  if (node.name && ts.isComputedPropertyName(node.name)) pass.visit(node.name);
  eraseToken(pass, node.questionToken);
  // No line break may come between `async` and `(`.
  eraseTypeArguments(pass, node.typeParameters, !ts.isArrowFunction(node));
  const ownName = ts.isConstructorDeclaration(node) ? "constructor" : node.name?.getText(pass.source);
  pass.currentFunction = {
    name: ownName ?? pendingName ?? currentFunction.name,
    node,
    suspends: node.asteriskToken !== undefined || hasModifier(node, ts.SyntaxKind.AsyncKeyword),
    readsElements: false,
  };
  pass.currentLoop = undefined;
  pass.inPattern = false;
  for (const parameter of node.parameters) visitParameter(pass, parameter);
  // Nor between `)` and `=>`.
  eraseAnnotation(pass, node.type, !ts.isArrowFunction(node));
  visitBody(pass, node.body);
  Object.assign(pass, { currentFunction, currentLoop, inPattern });
}

/** A function that reads config rows by a computed index starts with dropping those of the call before it. */
function visitBody(pass: Pass, body: ts.ConciseBody): void {
  const { output, prefix } = pass;
  const isBlock = pass.ts.isBlock(body);
  const start = output.insert(pass.start(body) + (isBlock ? 1 : 0), "");
  if (isBlock) for (const statement of body.statements) visitBodyStatement(pass, statement);
  else pass.visit(body);
  if (!pass.currentFunction.readsElements) return;
  output.replace(start, isBlock ? `${prefix}z();` : `(${prefix}z(),`);
  if (!isBlock) output.insert(body.end, ")");
}

function visitBodyStatement(pass: Pass, node: ts.Statement): void {
  const { ts } = pass;
  const call = ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) ? node.expression : undefined;
  if (call?.expression.kind !== ts.SyntaxKind.SuperKeyword) {
    pass.visit(node);
    return;
  }
  visitSuperStatement(pass, call);
  endStatement(pass, node);
}

function visitParameter(pass: Pass, node: ts.ParameterDeclaration): void {
  const { ts } = pass;
  if (ts.isIdentifier(node.name) && node.name.text === "this") {
    const next = skipTrivia(pass.text, node.end);
    pass.eraseType(pass.start(node), pass.text[next] === "," ? next + 1 : node.end);
    return;
  }
  // `constructor(private x)` declares a property.
  if (node.modifiers?.length) pass.needsEmit = true;
  visitModifiers(pass, node.modifiers);
  visitBindingName(pass, node.name);
  eraseToken(pass, node.questionToken);
  eraseAnnotation(pass, node.type);
  visitInitializer(pass, node.name, node.initializer);
}

/** The initialiser of a variable, parameter or property: functions and arrays in it are known by that name. */
export function visitInitializer(pass: Pass, name: ts.Node, initializer: ts.Expression | undefined): void {
  if (initializer === undefined) return;
  const { ts } = pass;
  pass.pendingName =
    ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isPrivateIdentifier(name) ? name.text : undefined;
  pass.visit(initializer);
  pass.pendingName = undefined;
}

/** A declared name is no use of it; defaults and computed keys within patterns are values. */
export function visitBindingName(pass: Pass, name: ts.BindingName): void {
  const { ts } = pass;
  if (ts.isIdentifier(name)) return;
  for (const element of name.elements) {
    if (ts.isOmittedExpression(element)) continue;
    if (element.propertyName && ts.isComputedPropertyName(element.propertyName)) pass.visit(element.propertyName);
    visitBindingName(pass, element.name);
    visitInitializer(pass, element.name, element.initializer);
  }
}

export function visitVariableList(pass: Pass, node: ts.VariableDeclarationList): void {
  const { BlockScoped, Const, Let, None } = pass.ts.NodeFlags;
  const kind: ts.NodeFlags = node.flags & BlockScoped;
  // `using` is newer than the interpreter.
  if (kind !== None && kind !== Let && kind !== Const) pass.needsEmit = true;
  pass.visitAll(node.declarations);
}

export function visitVariable(pass: Pass, node: ts.VariableDeclaration): void {
  visitBindingName(pass, node.name);
  eraseToken(pass, node.exclamationToken);
  eraseAnnotation(pass, node.type);
  visitInitializer(pass, node.name, node.initializer);
}

export function visitClass(pass: Pass, node: ts.ClassLikeDeclaration): void {
  const { ts } = pass;
  visitModifiers(pass, node.modifiers);
  eraseTypeArguments(pass, node.typeParameters);
  for (const clause of node.heritageClauses ?? []) {
    const isImplements = (clause.token as ts.SyntaxKind) === ts.SyntaxKind.ImplementsKeyword;
    if (isImplements) pass.eraseType(pass.start(clause), clause.end);
    else for (const base of clause.types) visitExpressionWithTypeArguments(pass, base);
  }
  pass.visitAll(node.members);
}

export function visitProperty(pass: Pass, node: ts.PropertyDeclaration): void {
  const { ts } = pass;
  if (hasModifier(node, ts.SyntaxKind.DeclareKeyword) || hasModifier(node, ts.SyntaxKind.AbstractKeyword)) {
    eraseNode(pass, node);
    return;
  }
  visitModifiers(pass, node.modifiers);
  if (ts.isComputedPropertyName(node.name)) pass.visit(node.name);
  eraseToken(pass, node.questionToken ?? node.exclamationToken);
  eraseAnnotation(pass, node.type);
  // An initialiser runs as a method of its own.
  const { currentFunction, currentLoop } = pass;
  pass.currentFunction = { name: currentFunction.name, node, suspends: false, readsElements: false };
  pass.currentLoop = undefined;
  visitInitializer(pass, node.name, node.initializer);
  Object.assign(pass, { currentFunction, currentLoop });
  endStatement(pass, node);
}

export function visitStaticBlock(pass: Pass, node: ts.ClassStaticBlockDeclaration): void {
  const { currentFunction, currentLoop } = pass;
  pass.currentFunction = { name: currentFunction.name, node, suspends: false, readsElements: false };
  pass.currentLoop = undefined;
  pass.visitAll(node.body.statements);
  Object.assign(pass, { currentFunction, currentLoop });
}
