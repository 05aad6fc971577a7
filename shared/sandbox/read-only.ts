/**
 * Assignments to what cannot be assigned to: a `const`, an import, the name of a function expression or of a class in its own
 * body. The interpreter's error names the variable; its position is that of something behind or before the assignment.
 */
import type { TypeScript as ts, TypeScriptLibrary } from "./typescript.js";

/** The identifier that the assignment which failed at `offset` (about) writes; `undefined` where none writes `name` in vain. */
export function readOnlyTarget(
  library: TypeScriptLibrary,
  source: ts.SourceFile,
  name: string,
  offset: number,
): ts.Identifier | undefined {
  const search = new Search(library, source, name);
  const here = search.functionAt(offset);
  const targets = search.targets.filter((target) => target.within === here).map(({ node }) => node);
  return targets.findLast((node) => node.getStart(source) <= offset) ?? targets[0];
}

interface Target {
  readonly node: ts.Identifier;
  /** The innermost function around it, or the file. */
  readonly within: ts.Node;
}

class Search {
  readonly targets: Target[] = [];

  constructor(
    private readonly library: TypeScriptLibrary,
    private readonly source: ts.SourceFile,
    private readonly name: string,
  ) {
    this.visit(source, source, false);
  }

  functionAt(offset: number): ts.Node {
    const { library, source } = this;
    let found: ts.Node = source;
    const descend = (node: ts.Node): void => {
      if (offset < node.getStart(source) || offset >= node.end) return;
      if (library.isFunctionLike(node)) found = node;
      library.forEachChild(node, descend);
    };
    library.forEachChild(source, descend);
    return found;
  }

  /** `readOnly`: whether the name cannot be assigned to around the node. */
  private visit(node: ts.Node, within: ts.Node, readOnly: boolean): void {
    const inner = this.library.isFunctionLike(node) ? node : within;
    const here = this.declaration(node) ?? readOnly;
    if (here) for (const target of this.written(node)) this.targets.push({ node: target, within: inner });
    this.library.forEachChild(node, (child) => {
      this.visit(child, inner, here);
    });
  }

  /** True when a scope declares the name as one that stays as it is, false as another one; `undefined` when it does not. */
  private declaration(scope: ts.Node): boolean | undefined {
    const { library } = this;
    if (library.isSourceFile(scope) || library.isBlock(scope) || library.isModuleBlock(scope)) {
      return this.declared(scope.statements);
    }
    if (library.isCaseBlock(scope)) return this.declared(scope.clauses.flatMap(({ statements }) => [...statements]));
    if (library.isForStatement(scope) || library.isForOfStatement(scope) || library.isForInStatement(scope)) {
      const { initializer } = scope;
      return initializer && library.isVariableDeclarationList(initializer) ? this.inList(initializer) : undefined;
    }
    if (library.isCatchClause(scope)) return this.binds(scope.variableDeclaration?.name) ? false : undefined;
    if (library.isClassLike(scope)) return this.binds(scope.name) ? true : undefined;
    if (!library.isFunctionLike(scope)) return undefined;
    if (scope.parameters.some((parameter) => this.binds(parameter.name))) return false;
    return library.isFunctionExpression(scope) && this.binds(scope.name) ? true : undefined;
  }

  private declared(statements: readonly ts.Statement[]): boolean | undefined {
    const { library } = this;
    for (const statement of statements) {
      if (library.isVariableStatement(statement)) {
        const found = this.inList(statement.declarationList);
        if (found !== undefined) return found;
      } else if (library.isImportDeclaration(statement)) {
        if (this.imports(statement)) return true;
      } else if (library.isFunctionDeclaration(statement) || library.isClassDeclaration(statement)) {
        if (this.binds(statement.name)) return false;
      }
    }
    return undefined;
  }

  private inList({ declarations, flags }: ts.VariableDeclarationList): boolean | undefined {
    if (!declarations.some(({ name }) => this.binds(name))) return undefined;
    return (flags & this.library.NodeFlags.Constant) !== 0;
  }

  private imports({ importClause }: ts.ImportDeclaration): boolean {
    const bindings = importClause?.namedBindings;
    const names = bindings && "elements" in bindings ? bindings.elements.map(({ name }) => name) : [bindings?.name];
    return [importClause?.name, ...names].some((name) => this.binds(name));
  }

  /** True when a name, or one in a pattern, is the one that is looked for. */
  private binds(name: ts.BindingName | undefined): boolean {
    if (name === undefined) return false;
    if (this.library.isIdentifier(name)) return name.text === this.name;
    return name.elements.some((element) => "name" in element && this.binds(element.name));
  }

  /** The places of the name that an expression or a loop assigns to. */
  private written(node: ts.Node): ts.Identifier[] {
    const { library } = this;
    const { PlusPlusToken, MinusMinusToken, FirstAssignment, LastAssignment } = library.SyntaxKind;
    if (library.isBinaryExpression(node)) {
      const { kind } = node.operatorToken;
      return kind >= FirstAssignment && kind <= LastAssignment ? this.inTarget(node.left) : [];
    }
    if (library.isPrefixUnaryExpression(node) || library.isPostfixUnaryExpression(node)) {
      const writes = node.operator === PlusPlusToken || node.operator === MinusMinusToken;
      return writes ? this.inTarget(node.operand) : [];
    }
    if (library.isForOfStatement(node) || library.isForInStatement(node)) {
      return library.isVariableDeclarationList(node.initializer) ? [] : this.inTarget(node.initializer);
    }
    return [];
  }

  /** In what stands on the left: the name itself, or a pattern with it. */
  private inTarget(target: ts.Node): ts.Identifier[] {
    const { library } = this;
    if (library.isIdentifier(target)) return target.text === this.name ? [target] : [];
    if (library.isArrayLiteralExpression(target)) return target.elements.flatMap((element) => this.inTarget(element));
    if (library.isObjectLiteralExpression(target)) {
      return target.properties.flatMap((property) => {
        if (library.isShorthandPropertyAssignment(property)) return this.inTarget(property.name);
        return "initializer" in property ? this.inTarget(property.initializer) : this.inTarget(property);
      });
    }
    // A default in a pattern is on the right of an assignment of its own.
    if (library.isBinaryExpression(target)) return this.inTarget(target.left);
    const isWrapped =
      library.isParenthesizedExpression(target) ||
      library.isAsExpression(target) ||
      library.isNonNullExpression(target) ||
      library.isSatisfiesExpression(target) ||
      library.isSpreadElement(target) ||
      library.isSpreadAssignment(target);
    return isWrapped ? this.inTarget(target.expression) : [];
  }
}
