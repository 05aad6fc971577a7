/**
 * The tables of a marked program. Entries are made when they are first asked for: of a thousand calls an editor
 * shows the hints of forty.
 */
import type { CallId, ElementId } from "../graph/graph.js";
import { disabledLines } from "./comments.js";
import { Expressions } from "./expressions.js";
import type { Site } from "./instrument/pass.js";
import { LazyTable } from "./lazy-table.js";
import type { MarkedModule } from "./modules.js";
import type { CallSite, ElementSite, Expression, Program, ProgramFile, Span } from "./program.js";
import type { TypeScript as ts, TypeScriptLibrary } from "./typescript.js";

/** The program that these marked files are; the first one is the entry. */
export function buildProgram(library: TypeScriptLibrary, entry: string, modules: readonly MarkedModule[]): Program {
  const tables = modules.map((module) => new FileTables(library, module));
  const owner = (id: number): FileTables | undefined => tables.findLast((table) => id > table.module.baseId);
  const modelCall = tables[0]?.modelCall();
  return {
    entry,
    files: new Map(tables.map((table) => [table.module.path, table.file()])),
    calls: new LazyTable<CallSite>(
      tables.flatMap((table) => table.ids("call")),
      (id) => owner(id)?.call(id),
    ),
    elements: new LazyTable<ElementSite>(
      tables.flatMap((table) => table.ids("element")),
      (id) => owner(id)?.element(id),
    ),
    ...(modelCall !== undefined && { modelCall }),
  };
}

/** A call's entry: its span at once, which all hints need, and the rest when it is asked for. */
class MarkedCall implements CallSite {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly enclosing: string | undefined;
  private expressionsOfArgs: readonly Expression[] | undefined;

  constructor(
    readonly id: CallId,
    private readonly site: Site,
    private readonly module: MarkedModule,
    private readonly expressions: Expressions,
  ) {
    this.file = module.path;
    this.start = site.node.getStart(module.source);
    this.end = site.node.end;
    this.enclosing = site.enclosing;
  }

  get callee(): string {
    const { start, end } = this.calleeSpan;
    return this.module.text.slice(start, end);
  }

  get calleeSpan(): Span {
    return this.spanOf(this.node.expression);
  }

  get dslName(): string | undefined {
    return this.expressions.dslName(this.node.expression, this.module.quantlensNames);
  }

  get args(): readonly Expression[] {
    return (this.expressionsOfArgs ??= (this.node.arguments ?? []).map((argument) => this.expressions.of(argument)));
  }

  get enclosingSpan(): Span | undefined {
    return this.site.enclosingNode && this.spanOf(this.site.enclosingNode);
  }

  private get node(): ts.CallExpression | ts.NewExpression {
    return this.site.node as ts.CallExpression | ts.NewExpression;
  }

  private spanOf(node: ts.Node): Span {
    return { start: node.getStart(this.module.source), end: node.end };
  }
}

class FileTables {
  private readonly expressions: Expressions;
  private callIds: Map<ts.Node, CallId> | undefined;

  constructor(
    private readonly ts: TypeScriptLibrary,
    readonly module: MarkedModule,
  ) {
    this.expressions = new Expressions(ts, module.source, (node) => this.callId(node));
  }

  ids(kind: Site["kind"]): number[] {
    const { sites, baseId } = this.module;
    return sites.flatMap((site, index) => (site.kind === kind ? [baseId + index + 1] : []));
  }

  call(id: CallId): CallSite | undefined {
    const site = this.site(id, "call");
    return site && new MarkedCall(id, site, this.module, this.expressions);
  }

  element(id: ElementId): ElementSite | undefined {
    const site = this.site(id, "element");
    if (site === undefined) return undefined;
    const { source, path } = this.module;
    const node = site.node as ts.Expression;
    return {
      id,
      file: path,
      start: node.getStart(source),
      end: node.end,
      index: site.index ?? 0,
      expression: this.expressions.of(node),
      ...(site.arrayName !== undefined && { arrayName: site.arrayName }),
    };
  }

  file(): ProgramFile {
    const { path, text } = this.module;
    const quantlensImport = this.quantlensImport();
    return {
      path,
      text,
      disabled: disabledLines(text),
      importInsertAt: this.importInsertAt(),
      calls: this.ids("call"),
      ...(quantlensImport && { quantlensImport }),
    };
  }

  /** The `defineModel(...)` call: the last one in the file, which is the one that is exported. */
  modelCall(): CallId | undefined {
    const { sites, baseId } = this.module;
    const at = sites.findLastIndex(
      (site) => site.kind === "call" && this.isDefineModel(site.node as ts.CallExpression),
    );
    return at === -1 ? undefined : baseId + at + 1;
  }

  private isDefineModel({ expression }: ts.CallExpression): boolean {
    return this.expressions.dslName(expression, this.module.quantlensNames) === "defineModel";
  }

  private site(id: number, kind: Site["kind"]): Site | undefined {
    const site = this.module.sites[id - this.module.baseId - 1];
    return site?.kind === kind ? site : undefined;
  }

  private callId(node: ts.Node): CallId | undefined {
    this.callIds ??= new Map(
      this.module.sites.flatMap((site, index) =>
        site.kind === "call" ? [[site.node, this.module.baseId + index + 1]] : [],
      ),
    );
    return this.callIds.get(node);
  }

  /** Of several imports the first that values can be added to, with the names of all such; else one of types alone. */
  private quantlensImport(): ProgramFile["quantlensImport"] {
    const clauses = this.module.source.statements.flatMap((statement) => this.quantlensNames(statement) ?? []);
    const first = clauses.find(({ typeOnly }) => !typeOnly) ?? clauses[0];
    return first && { ...first, names: clauses.flatMap(({ typeOnly, names }) => (typeOnly ? [] : names)) };
  }

  /** The names in braces that a statement imports from `quantlens`. */
  private quantlensNames(statement: ts.Statement): ProgramFile["quantlensImport"] {
    const { ts } = this;
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return undefined;
    const { importClause: clause, moduleSpecifier } = statement;
    if (moduleSpecifier.text !== "quantlens" || !clause?.namedBindings || !ts.isNamedImports(clause.namedBindings))
      return undefined;
    const { elements } = clause.namedBindings;
    return {
      names: elements.map((element) => element.name.text),
      insertAt: elements.at(-1)?.end ?? clause.namedBindings.getStart(this.module.source) + 1,
      typeOnly: clause.phaseModifier === ts.SyntaxKind.TypeKeyword,
    };
  }

  /** Before the first statement, behind a comment at the top of the file. */
  private importInsertAt(): number {
    const { source } = this.module;
    return source.statements[0]?.getStart(source) ?? source.text.length;
  }
}
