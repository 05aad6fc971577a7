/** Syntax tree -> the plain `Expression`s of the tables, and where `const` names were defined. */
import type { CallId } from "../graph/graph.js";
import { Bindings, type Binding } from "./bindings.js";
import type { BindingSource, Expression, Property, Span } from "./program.js";
import type { TypeScript as ts, TypeScriptLibrary } from "./typescript.js";

/** Longest chain of `const a = b; const b = c` that is followed. */
const maxDefinitions = 8;

export class Expressions {
  private bindings: Bindings | undefined;

  constructor(
    private readonly ts: TypeScriptLibrary,
    private readonly source: ts.SourceFile,
    /** The id of a marked call. */
    private readonly callId: (node: ts.Node) => CallId | undefined,
  ) {}

  /** What a table says about a node. Parentheses and types around a literal are left out. */
  of(node: ts.Expression, depth = 0): Expression {
    const bare = this.bare(node);
    const expression = this.ofBare(bare, depth);
    return bare === node ? expression : { ...expression, outer: { start: node.getStart(this.source), end: node.end } };
  }

  private ofBare(bare: ts.Expression, depth: number): Expression {
    const { ts } = this;
    const span = { start: bare.getStart(this.source), end: bare.end };
    if (ts.isObjectLiteralExpression(bare)) return this.object(bare, span, depth);
    if (ts.isArrayLiteralExpression(bare)) {
      return { ...span, kind: "array", elements: bare.elements.map((element) => this.of(element, depth)) };
    }
    const number = this.number(bare);
    if (number !== undefined) return { ...span, kind: "number", value: number };
    if (ts.isStringLiteralLike(bare)) return { ...span, kind: "string", value: bare.text };
    if (bare.kind === ts.SyntaxKind.TrueKeyword) return { ...span, kind: "boolean", value: true };
    if (bare.kind === ts.SyntaxKind.FalseKeyword) return { ...span, kind: "boolean", value: false };
    if (ts.isIdentifier(bare)) return this.identifier(bare, span, depth);
    if (ts.isCallExpression(bare) || ts.isNewExpression(bare)) {
      const call = this.callId(bare);
      return { ...span, kind: "call", ...(call !== undefined && { call }) };
    }
    if (ts.isArrowFunction(bare) || ts.isFunctionExpression(bare)) return this.function(bare, span, depth);
    const member = this.member(bare, depth);
    if (member) return { ...span, kind: "other", member };
    // `rows[i]`
    const isRow = ts.isElementAccessExpression(bare);
    return { ...span, kind: "other", ...(isRow && { source: { kind: "row", path: [] } }) };
  }

  /** What `conv` of `import { quantConv1d as conv }` and `q.quantConv1d` are called in `quantlens`. */
  dslName(callee: ts.Expression, quantlensNames: ReadonlyMap<string, string>): string | undefined {
    const { ts } = this;
    if (ts.isIdentifier(callee)) return quantlensNames.get(callee.text);
    if (!ts.isPropertyAccessExpression(callee) || !ts.isIdentifier(callee.expression)) return undefined;
    return quantlensNames.get(callee.expression.text) === "*" ? callee.name.text : undefined;
  }

  /** `b.stride` and `row[1]`. */
  private member(node: ts.Expression, depth: number): Expression["member"] {
    const { ts } = this;
    if (ts.isPropertyAccessExpression(node)) return { object: this.of(node.expression, depth), key: node.name.text };
    if (!ts.isElementAccessExpression(node)) return undefined;
    const index = node.argumentExpression;
    if (ts.isNumericLiteral(index)) return { object: this.of(node.expression, depth), key: Number(index.text) };
    if (ts.isStringLiteralLike(index)) return { object: this.of(node.expression, depth), key: index.text };
    return undefined;
  }

  private bare(node: ts.Expression): ts.Expression {
    const { ts } = this;
    let bare = node;
    while (
      ts.isParenthesizedExpression(bare) ||
      ts.isAsExpression(bare) ||
      ts.isSatisfiesExpression(bare) ||
      ts.isNonNullExpression(bare) ||
      ts.isTypeAssertionExpression(bare)
    ) {
      bare = bare.expression;
    }
    return bare;
  }

  private number(node: ts.Expression): number | undefined {
    const { ts } = this;
    if (ts.isNumericLiteral(node)) return Number(node.text);
    if (!ts.isPrefixUnaryExpression(node) || !ts.isNumericLiteral(node.operand)) return undefined;
    if (node.operator === ts.SyntaxKind.MinusToken) return -Number(node.operand.text);
    return node.operator === ts.SyntaxKind.PlusToken ? Number(node.operand.text) : undefined;
  }

  private object(node: ts.ObjectLiteralExpression, span: Span, depth: number): Expression {
    const { ts } = this;
    const properties: Property[] = [];
    const spreads: Expression[] = [];
    for (const member of node.properties) {
      if (ts.isSpreadAssignment(member)) {
        spreads.push(this.of(member.expression, depth));
        continue;
      }
      const { name } = member;
      if (!ts.isIdentifier(name) && !ts.isStringLiteral(name) && !ts.isNumericLiteral(name)) continue;
      const start = name.getStart(this.source);
      properties.push({
        start,
        end: member.end,
        name: name.text,
        nameSpan: { start, end: name.end },
        value: this.propertyValue(member, name, depth),
        shorthand: ts.isShorthandPropertyAssignment(member),
      });
    }
    return { ...span, kind: "object", properties, spreads };
  }

  private propertyValue(member: ts.ObjectLiteralElementLike, name: ts.Node, depth: number): Expression {
    const { ts } = this;
    if (ts.isPropertyAssignment(member)) return this.of(member.initializer, depth);
    if (ts.isShorthandPropertyAssignment(member)) return this.of(member.name, depth);
    const span = { start: name.getStart(this.source), end: member.end };
    return ts.isMethodDeclaration(member) ? this.function(member, span, depth) : { ...span, kind: "function" };
  }

  /** A function and the object literal that it returns: its body, or the operand of its one `return` at the end. */
  private function(
    node: ts.ArrowFunction | ts.FunctionExpression | ts.MethodDeclaration,
    span: Span,
    depth: number,
  ): Expression {
    const { ts } = this;
    const { body } = node;
    const last = body && ts.isBlock(body) ? body.statements.at(-1) : undefined;
    const returned = last
      ? ts.isReturnStatement(last)
        ? last.expression
        : undefined
      : (body as ts.Expression | undefined);
    const isObject = returned !== undefined && ts.isObjectLiteralExpression(this.bare(returned));
    return { ...span, kind: "function", ...(isObject && { returns: this.of(returned, depth) }) };
  }

  private identifier(node: ts.Identifier, span: Span, depth: number): Expression {
    const name = node.text;
    if (depth >= maxDefinitions) return { ...span, kind: "identifier", name };
    this.bindings ??= new Bindings(this.ts, this.source);
    const binding = this.bindings.find(name, span.start);
    if (binding?.kind === "constant" && binding.path.length === 0 && binding.initializer) {
      return { ...span, kind: "identifier", name, definition: this.of(binding.initializer, depth + 1) };
    }
    const source = binding && this.bindingSource(binding, depth + 1);
    return { ...span, kind: "identifier", name, ...(source && { source }) };
  }

  private bindingSource(binding: Binding, depth: number): BindingSource | undefined {
    const { kind, path, scope, initializer, index } = binding;
    const part = { path, ...(binding.fallback && { fallback: this.of(binding.fallback, depth) }) };
    if (kind === "row") return { kind, ...part };
    if (kind === "parameter" && index !== undefined) {
      return { kind, index, body: { start: scope.getStart(this.source), end: scope.end }, ...part };
    }
    return initializer ? { kind: "value", of: this.of(initializer, depth), ...part } : undefined;
  }
}
