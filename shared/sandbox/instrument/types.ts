/** Leaving out what only the type checker reads. Whatever has a meaning at run time goes to TypeScript's emitter. */
import type { TypeScript as ts } from "../typescript.js";
import { skipTrivia, type Pass } from "./pass.js";

/** `<T>` of a call, a class's base or an expression. */
export function eraseTypeArguments(pass: Pass, args: ts.NodeArray<ts.Node> | undefined, lines = true): void {
  if (args === undefined) return;
  pass.eraseType(args.pos - 1, skipTrivia(pass.text, args.end) + 1, lines);
}

/** `: T` behind a name or a parameter list. */
export function eraseAnnotation(pass: Pass, type: ts.TypeNode | undefined, lines = true): void {
  if (type !== undefined) pass.eraseType(type.pos - 1, type.end, lines);
}

/** A `?` or `!` behind a name. */
export function eraseToken(pass: Pass, token: ts.Node | undefined): void {
  if (token !== undefined) pass.eraseType(token.end - 1, token.end);
}

/** A whole statement or member that only declares. */
export function eraseNode(pass: Pass, node: ts.Node): void {
  pass.eraseType(pass.start(node), node.end);
  if (!pass.stripTypes) pass.output.copyTo(node.end);
}

/** `x as T`, `x satisfies T`: parentheses keep together what the type kept together. */
export function visitAs(pass: Pass, node: ts.AsExpression | ts.SatisfiesExpression): void {
  const simple = isSimple(pass, node.expression);
  if (!simple) pass.insertForTypes(pass.start(node), "(");
  pass.visit(node.expression);
  if (!simple) pass.insertForTypes(node.expression.end, ")");
  pass.eraseType(node.expression.end, node.end);
}

export function visitNonNull(pass: Pass, node: ts.NonNullExpression): void {
  pass.visit(node.expression);
  pass.eraseType(node.expression.end, node.end);
}

/** `<T>x` becomes `(x)`, so that neither a line break nor a brace behind the type gets a new meaning. */
export function visitTypeAssertion(pass: Pass, node: ts.TypeAssertion): void {
  const start = pass.start(node);
  pass.insertForTypes(start, "(");
  pass.eraseType(start, node.type.end + 1);
  pass.eraseType(node.type.end, skipTrivia(pass.text, node.type.end) + 1);
  pass.visit(node.expression);
  pass.insertForTypes(node.expression.end, ")");
}

export function visitExpressionWithTypeArguments(pass: Pass, node: ts.ExpressionWithTypeArguments): void {
  pass.visit(node.expression);
  eraseTypeArguments(pass, node.typeArguments);
}

function isSimple(pass: Pass, node: ts.Expression): boolean {
  const { ts } = pass;
  return !(
    ts.isBinaryExpression(node) ||
    ts.isPrefixUnaryExpression(node) ||
    ts.isConditionalExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isTypeOfExpression(node) ||
    ts.isVoidExpression(node) ||
    ts.isDeleteExpression(node)
  );
}

/** Modifiers of a declaration. Returns false when TypeScript's emitter has to see it. */
export function visitModifiers(pass: Pass, modifiers: readonly ts.ModifierLike[] | undefined): void {
  const { ts } = pass;
  for (const modifier of modifiers ?? []) {
    switch (modifier.kind) {
      case ts.SyntaxKind.Decorator:
        pass.needsEmit = true;
        // The call of a decorator factory has to stay the outermost expression.
        pass.visitChildren(modifier.expression);
        break;
      case ts.SyntaxKind.AccessorKeyword:
        pass.needsEmit = true;
        break;
      case ts.SyntaxKind.PublicKeyword:
      case ts.SyntaxKind.PrivateKeyword:
      case ts.SyntaxKind.ProtectedKeyword:
      case ts.SyntaxKind.ReadonlyKeyword:
      case ts.SyntaxKind.AbstractKeyword:
      case ts.SyntaxKind.OverrideKeyword:
        pass.eraseType(pass.start(modifier), modifier.end);
        break;
      default:
    }
  }
}

export function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  const { modifiers } = node as { modifiers?: readonly ts.ModifierLike[] };
  return modifiers?.some((modifier) => modifier.kind === kind) ?? false;
}
