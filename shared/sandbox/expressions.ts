/** Syntax tree -> the plain `Expression`s of the tables, and where `const` names were defined. */
import type { CallId } from "../graph/graph.js";
import type { Expression, Property } from "./program.js";
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
    const { ts } = this;
    const bare = this.bare(node);
    const span = { start: bare.getStart(this.source), end: bare.end };
    if (ts.isObjectLiteralExpression(bare)) return this.object(bare, span, depth);
    if (ts.isArrayLiteralExpression(bare)) return { ...span, kind: "array" };
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
    if (ts.isArrowFunction(bare) || ts.isFunctionExpression(bare)) return { ...span, kind: "function" };
    return { ...span, kind: "other" };
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

  private object(node: ts.ObjectLiteralExpression, span: { start: number; end: number }, depth: number): Expression {
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
    return { start: name.getStart(this.source), end: member.end, kind: "function" };
  }

  private identifier(node: ts.Identifier, span: { start: number; end: number }, depth: number): Expression {
    const name = node.text;
    if (depth >= maxDefinitions) return { ...span, kind: "identifier", name };
    this.bindings ??= new Bindings(this.ts, this.source);
    const initializer = this.bindings.initializer(name, span.start);
    return {
      ...span,
      kind: "identifier",
      name,
      ...(initializer && { definition: this.of(initializer, depth + 1) }),
    };
  }
}

interface Binding {
  readonly start: number;
  readonly end: number;
  /** What a `const` (or `let`) was declared with; absent for everything else that binds a name. */
  readonly initializer?: ts.Expression | undefined;
  readonly isConst?: boolean;
}

/** Who binds a name where: enough of scoping to find the initialiser of a constant. */
class Bindings {
  private readonly byName = new Map<string, Binding[]>();
  private readonly assigned = new Set<string>();

  constructor(
    private readonly ts: TypeScriptLibrary,
    source: ts.SourceFile,
  ) {
    this.collect(source, source);
  }

  /** The initialiser of the constant that `name` means at an offset. */
  initializer(name: string, offset: number): ts.Expression | undefined {
    const visible = (this.byName.get(name) ?? []).filter(({ start, end }) => start <= offset && offset < end);
    const innermost = visible.reduce<Binding | undefined>(
      (best, binding) => (best === undefined || binding.end - binding.start <= best.end - best.start ? binding : best),
      undefined,
    );
    if (innermost === undefined) return undefined;
    return innermost.isConst === true || !this.assigned.has(name) ? innermost.initializer : undefined;
  }

  private collect(node: ts.Node, scope: ts.Node): void {
    const { ts } = this;
    const inner = ts.isBlock(node) || ts.isFunctionLike(node) || ts.isForStatement(node) || ts.isForOfStatement(node) ? node : scope;
    if (ts.isVariableDeclarationList(node)) {
      const isConst = (node.flags & ts.NodeFlags.Const) !== 0;
      for (const { name, initializer } of node.declarations) this.bind(name, inner, { initializer, isConst });
    } else if (ts.isParameter(node)) {
      this.bind(node.name, inner, {});
    } else if (ts.isImportSpecifier(node) || ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) {
      if (node.name) this.bind(node.name, scope, {});
    } else if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left)) {
      const { kind } = node.operatorToken;
      if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) this.assigned.add(node.left.text);
    } else if ((ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && ts.isIdentifier(node.operand)) {
      this.assigned.add(node.operand.text);
    }
    ts.forEachChild(node, (child) => {
      this.collect(child, inner);
    });
  }

  private bind(name: ts.BindingName, scope: ts.Node, binding: Pick<Binding, "initializer" | "isConst">): void {
    if (this.ts.isIdentifier(name)) {
      const known = this.byName.get(name.text) ?? [];
      known.push({ start: scope.pos, end: scope.end, ...binding });
      this.byName.set(name.text, known);
      return;
    }
    for (const element of name.elements) if (!this.ts.isOmittedExpression(element)) this.bind(element.name, scope, {});
  }
}
