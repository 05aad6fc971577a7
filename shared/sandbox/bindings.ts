/** Who binds a name where: enough of scoping to find out what a constant, a parameter or a loop variable stands for. */
import type { TypeScript as ts, TypeScriptLibrary } from "./typescript.js";

/** One binding of a name. */
export interface Binding {
  /** The scope that it is visible in. */
  readonly scope: ts.Node;
  readonly kind: "constant" | "parameter" | "row" | "other";
  /** Constants: the initialiser. */
  readonly initializer?: ts.Expression | undefined;
  /** Parameters: the position. */
  readonly index?: number;
  /** Where in the value, for names in a pattern. */
  readonly path: readonly (string | number)[];
  readonly fallback?: ts.Expression | undefined;
}

type BindingValue = Omit<Binding, "scope" | "path" | "fallback">;

export class Bindings {
  private readonly byName = new Map<string, Binding[]>();
  private readonly assigned = new Set<string>();

  constructor(
    private readonly ts: TypeScriptLibrary,
    source: ts.SourceFile,
  ) {
    this.collect(source, source);
  }

  /** The binding that `name` has at an offset; nothing if it may have been assigned another value since. */
  find(name: string, offset: number): Binding | undefined {
    if (this.assigned.has(name)) return undefined;
    let innermost: Binding | undefined;
    for (const binding of this.byName.get(name) ?? []) {
      const { pos, end } = binding.scope;
      const isInner = innermost === undefined || end - pos <= innermost.scope.end - innermost.scope.pos;
      if (pos <= offset && offset < end && isInner) innermost = binding;
    }
    return innermost;
  }

  private collect(node: ts.Node, scope: ts.Node): void {
    const { ts } = this;
    const inner = this.isScope(node) ? node : scope;
    if (ts.isForOfStatement(node)) {
      if (ts.isVariableDeclarationList(node.initializer)) {
        for (const { name } of node.initializer.declarations) this.bind(name, node, { kind: "row" }, []);
      }
    } else if (ts.isVariableDeclaration(node)) {
      // The variable of a `for ... of` has no initialiser and is bound already.
      if (node.initializer) this.bind(node.name, scope, { kind: "constant", initializer: node.initializer }, []);
    } else if (ts.isFunctionLike(node)) {
      for (const [index, { name, initializer }] of node.parameters.entries()) {
        this.bind(name, node, { kind: "parameter", index }, [], initializer);
      }
    }
    if (ts.isImportSpecifier(node) || ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) {
      if (node.name) this.bind(node.name, scope, { kind: "other" }, []);
    }
    this.noteAssignment(node);
    ts.forEachChild(node, (child) => {
      this.collect(child, inner);
    });
  }

  private isScope(node: ts.Node): boolean {
    const { ts } = this;
    return ts.isBlock(node) || ts.isFunctionLike(node) || ts.isForStatement(node) || ts.isForOfStatement(node);
  }

  private noteAssignment(node: ts.Node): void {
    const { ts } = this;
    if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left)) {
      const { kind } = node.operatorToken;
      if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment)
        this.assigned.add(node.left.text);
    } else if (
      (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
      ts.isIdentifier(node.operand)
    ) {
      const isUpdate = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
      if (isUpdate) this.assigned.add(node.operand.text);
    }
  }

  private bind(
    name: ts.BindingName,
    scope: ts.Node,
    value: BindingValue,
    path: readonly (string | number)[],
    fallback?: ts.Expression,
  ): void {
    const { ts } = this;
    if (ts.isIdentifier(name)) {
      const known = this.byName.get(name.text) ?? [];
      known.push({ scope, path, fallback, ...value });
      this.byName.set(name.text, known);
      return;
    }
    for (const [index, element] of name.elements.entries()) {
      if (ts.isOmittedExpression(element)) continue;
      const key = ts.isArrayBindingPattern(name) ? index : this.keyOf(element);
      // The rest of a pattern has all keys that were not named: options are looked up in the whole.
      if (element.dotDotDotToken)
        this.bind(element.name, scope, value, ts.isArrayBindingPattern(name) ? [...path, -1] : path);
      else if (key === undefined) this.bind(element.name, scope, { kind: "other" }, []);
      else this.bind(element.name, scope, value, [...path, key], element.initializer);
    }
  }

  private keyOf({ propertyName, name }: ts.BindingElement): string | undefined {
    const { ts } = this;
    const key = propertyName ?? name;
    return ts.isIdentifier(key) || ts.isStringLiteral(key) ? key.text : undefined;
  }
}
