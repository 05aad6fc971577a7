/**
 * Array and object literals and the reading of their elements.
 *
 * `[a, b]` becomes `l(ID, [a, b])`, which tells the marks the ids of the elements (ID, ID + 1, ...). Elements that
 * are literals themselves are also known by identity, wherever they are passed: `l(ID, [{...}, b], "10")`.
 * With spreads: `w(ID, [a, s(xs)], "00")`, where `s` copies at the right moment and `w` flattens.
 */
import type { TypeScript as ts } from "../typescript.js";
import { visitChain, visitReference } from "./calls.js";
import { visitInitializer } from "./functions.js";
import { skipTrivia, type Pass } from "./pass.js";

export function visitArray(pass: Pass, node: ts.ArrayLiteralExpression): void {
  const { ts, output, prefix } = pass;
  const arrayName = pass.pendingName;
  pass.pendingName = undefined;
  const { elements } = node;
  if (pass.inPattern || elements.length === 0 || elements.some((element) => ts.isOmittedExpression(element))) {
    pass.visitAll(elements);
    return;
  }
  const ids = elements.map((element, index) => pass.site("element", element, { index, arrayName }));
  const hasSpread = elements.some((element) => ts.isSpreadElement(element));
  output.insert(pass.start(node), `${prefix}${hasSpread ? "w" : "l"}(${ids[0] ?? 0},`);
  for (const element of elements) {
    if (ts.isSpreadElement(element)) {
      // The three dots become the call that copies.
      output.erase(pass.start(element), pass.start(element.expression), false);
      output.insert(pass.start(element.expression), `${prefix}s(`);
      pass.visit(element.expression);
      output.insert(element.end, ")");
    } else {
      pass.visit(element);
    }
  }
  const isLiteral = elements.map((element) => (isLiteralRow(pass, element) ? "1" : "0")).join("");
  output.insert(node.end, isLiteral.includes("1") ? `,"${isLiteral}")` : ")");
}

/** `{ ... }` or `[ ... ]`, perhaps with a type behind it. */
function isLiteralRow(pass: Pass, node: ts.Expression): boolean {
  const bare = withoutTypes(pass, node);
  return pass.ts.isObjectLiteralExpression(bare) || pass.ts.isArrayLiteralExpression(bare);
}

function withoutTypes(pass: Pass, node: ts.Expression): ts.Expression {
  const { ts } = pass;
  let bare = node;
  while (
    ts.isAsExpression(bare) ||
    ts.isSatisfiesExpression(bare) ||
    ts.isParenthesizedExpression(bare) ||
    ts.isNonNullExpression(bare) ||
    ts.isTypeAssertionExpression(bare)
  ) {
    bare = bare.expression;
  }
  return bare;
}

/**
 * An object literal that a variable is declared with may be a table of rows, `{ stem: {...}, body: {...} }`:
 * its literal values are known by identity like array elements.
 */
export function visitObject(pass: Pass, node: ts.ObjectLiteralExpression): void {
  const { ts, output, prefix } = pass;
  const tableName = pass.inPattern ? undefined : pass.pendingName;
  pass.pendingName = undefined;
  let index = -1;
  for (const property of node.properties) {
    index += 1;
    if (ts.isPropertyAssignment(property)) {
      if (ts.isComputedPropertyName(property.name)) pass.visit(property.name);
      const isRow = tableName !== undefined && ts.isObjectLiteralExpression(withoutTypes(pass, property.initializer));
      if (isRow) {
        const id = pass.site("element", property.initializer, { index, arrayName: tableName });
        output.insert(pass.start(property.initializer), `${prefix}v(${id},`);
        pass.visit(property.initializer);
        output.insert(property.initializer.end, ")");
      } else if (pass.inPattern) {
        visitPattern(pass, property.initializer);
      } else {
        visitInitializer(pass, property.name, property.initializer);
      }
    } else if (ts.isShorthandPropertyAssignment(property)) {
      pass.used.add(property.name.text);
      pass.visit(property.objectAssignmentInitializer);
    } else {
      pass.visit(property);
    }
  }
}

/** The left side of a destructuring assignment: literals in it are patterns, not values. */
export function visitPattern(pass: Pass, node: ts.Node): void {
  const { ts } = pass;
  if (!ts.isArrayLiteralExpression(node) && !ts.isObjectLiteralExpression(node)) {
    if (ts.isBinaryExpression(node)) {
      visitPattern(pass, node.left);
      const { inPattern } = pass;
      pass.inPattern = false;
      pass.visit(node.right);
      pass.inPattern = inPattern;
    } else {
      visitReference(pass, node);
    }
    return;
  }
  const { inPattern } = pass;
  pass.inPattern = true;
  if (ts.isObjectLiteralExpression(node)) {
    visitObject(pass, node);
  } else {
    for (const element of node.elements) visitPattern(pass, ts.isSpreadElement(element) ? element.expression : element);
  }
  pass.inPattern = inPattern;
}

/** `blocks[i]`: the first read of an array in an iteration (or a call) says whose turn it is. */
export function visitElementAccess(pass: Pass, node: ts.ElementAccessExpression): void {
  const { ts, output, prefix } = pass;
  if (node.flags & ts.NodeFlags.OptionalChain) {
    visitChain(pass, node);
    return;
  }
  const index = node.argumentExpression;
  const isTracked =
    !pass.inPattern &&
    !pass.currentFunction.suspends &&
    node.expression.kind !== ts.SyntaxKind.SuperKeyword &&
    !ts.isLiteralExpression(index) &&
    !(ts.isPrefixUnaryExpression(index) && ts.isNumericLiteral(index.operand));
  if (!isTracked) {
    pass.visitChildren(node);
    return;
  }
  (pass.currentLoop ?? pass.currentFunction).readsElements = true;
  output.insert(pass.start(node), `${prefix}g(`);
  pass.visit(node.expression);
  // `[` becomes a comma, `]` the end of the call.
  const bracket = skipTrivia(pass.text, node.expression.end);
  output.erase(bracket, bracket + 1, false);
  output.insert(bracket + 1, ",");
  pass.visit(index);
  // `blocks[i - 1]` is a look at a neighbour: it counts only until the element itself is read.
  const isWeak = ts.isBinaryExpression(withoutTypes(pass, index));
  output.erase(index.end, node.end, false);
  output.insert(node.end, isWeak ? ",1)" : ")");
}

/** An operand that has to stay a reference: `delete a[i]`, `a[i]++`. */
export function visitReferenceOperand(
  pass: Pass,
  node: ts.DeleteExpression | ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
): void {
  const { ts } = pass;
  const operand = ts.isDeleteExpression(node) ? node.expression : node.operand;
  const isUpdate =
    ts.isDeleteExpression(node) ||
    node.operator === ts.SyntaxKind.PlusPlusToken ||
    node.operator === ts.SyntaxKind.MinusMinusToken;
  if (isUpdate) visitReference(pass, operand);
  else pass.visit(operand);
}

/** A tag is called with its `this`; the template's parts are values. */
export function visitTaggedTemplate(pass: Pass, node: ts.TaggedTemplateExpression): void {
  visitReference(pass, node.tag);
  if (node.typeArguments) pass.eraseType(node.typeArguments.pos - 1, node.template.getStart(pass.source));
  pass.visit(node.template);
}
