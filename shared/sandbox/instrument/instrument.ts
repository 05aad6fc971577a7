/**
 * The instrumenting pass: a TypeScript or JavaScript file becomes JavaScript whose calls, config rows and loops
 * are marked, plus the tables that say what each id stands for. Types are left out by editing the text, which
 * keeps every line where it was; files with enums, namespaces, decorators and the like are marked first and
 * then go through TypeScript's own emitter.
 */
import type { TypeScript as ts, TypeScriptLibrary } from "../typescript.js";
import { visitCall, visitChain, visitNew } from "./calls.js";
import {
  visitClass,
  visitFunction,
  visitProperty,
  visitStaticBlock,
  visitVariable,
  visitVariableList,
} from "./functions.js";
import { visitArray, visitElementAccess, visitObject, visitReferenceOperand, visitTaggedTemplate } from "./literals.js";
import { visitEmitted, visitExport, visitExportAssignment, visitImport } from "./modules.js";
import { originalOffset } from "./source-map.js";
import { Pass, type ModuleReference, type Site } from "./pass.js";
import {
  visitBinary,
  visitForOf,
  visitLabeled,
  visitLoop,
  visitPlainStatement,
  visitThrow,
  visitTry,
  visitVariableStatement,
} from "./statements.js";
import {
  eraseNode,
  hasModifier,
  visitAs,
  visitExpressionWithTypeArguments,
  visitNonNull,
  visitTypeAssertion,
} from "./types.js";

/** The kind decides the type of the node; the parameters of a method may be narrower than declared. */
type Handler = { visit(pass: Pass, node: ts.Node): void }["visit"];
type On = (kinds: readonly ts.SyntaxKind[], handler: Handler) => void;

/** Handlers by kind of node, made once per library. */
const tables = new WeakMap<TypeScriptLibrary, (Handler | undefined)[]>();

export interface Marked {
  readonly code: string;
  readonly source: ts.SourceFile;
  readonly baseId: number;
  readonly sites: readonly Site[];
  /** The names of the sites' callees, one per line: layers are named after the functions that make them. */
  readonly callees: string;
  /** The imports that remain in the code. */
  readonly references: readonly ModuleReference[];
  readonly quantlensNames: ReadonlyMap<string, string>;
  /** Source offset of an offset in `code`. */
  sourceOffset(offset: number): number;
}

/** Marks a parsed file. Ids start at `baseId + 1`. */
export function instrument(library: TypeScriptLibrary, source: ts.SourceFile, baseId: number): Marked {
  const pass = runPass(library, source, baseId, true);
  return pass.needsEmit ? emit(runPass(library, source, baseId, false)) : marked(pass);
}

function runPass(library: TypeScriptLibrary, source: ts.SourceFile, baseId: number, stripTypes: boolean): Pass {
  let handlers = tables.get(library);
  if (!handlers) tables.set(library, (handlers = handlerTable(library)));
  const table = handlers;
  const { FirstTypeNode, LastTypeNode } = library.SyntaxKind;
  const dispatch: Handler = (current, node) => {
    const handler = table[node.kind];
    if (handler) handler(current, node);
    else if (node.kind > LastTypeNode || node.kind < FirstTypeNode) library.forEachChild(node, current.visit);
  };
  let prefix = "__q";
  while (source.text.includes(prefix)) prefix += "_";
  const pass = new Pass(library, source, baseId, prefix, stripTypes, dispatch);
  const names = markNames.map((name) => `${name}:${prefix}${name}`).join(",");
  // The header comes first, where a `#!` line would have to be.
  pass.output.erase(0, library.getShebang(source.text)?.length ?? 0);
  const header = pass.output.insert(0, "");
  if (isJson(library, source)) visitJson(pass);
  else pass.visitAll(source.statements);
  for (const finish of pass.atEnd) finish();
  pass.output.replace(header, `const {${names}}=globalThis.__quantlens.marks;`);
  return pass;
}

function isJson({ NodeFlags }: TypeScriptLibrary, { flags }: ts.SourceFile): boolean {
  return (flags & NodeFlags.JsonFile) !== 0;
}

/** A JSON file is a module whose default export is the value. */
function visitJson(pass: Pass): void {
  const { source, output, text } = pass;
  const start = source.statements[0]?.getStart(source) ?? 0;
  // An object literal would take this key for the prototype.
  if (text.includes("__proto__")) {
    output.erase(0, text.length);
    output.insert(text.length, `export default JSON.parse(${JSON.stringify(text.replace(/^\uFEFF/, ""))});`);
    return;
  }
  output.insert(start, "export default ");
  for (const statement of source.statements) pass.visitChildren(statement);
}

/** `convNormReLU`, and `block` of `this.block`; empty for what is no call. */
function calleeName(ts: TypeScriptLibrary, { kind, node }: Site): string {
  if (kind !== "call") return "";
  const { expression } = node as ts.CallExpression | ts.NewExpression;
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : "";
}

/** The functions of `marks-runtime.ts` that marked code calls. */
const markNames = "e a n n0 q u0 u1 u2 m m0 o j0 r d t k y l w s v f b c x g z h p".split(" ");

function marked(pass: Pass): Marked {
  const code = pass.output.finish();
  return {
    code,
    source: pass.source,
    baseId: pass.baseId,
    sites: pass.sites,
    callees: pass.sites.map((site) => calleeName(pass.ts, site)).join("\n"),
    references: pass.references.filter(({ token }) => code.includes(token)),
    quantlensNames: pass.quantlensNames,
    sourceOffset: (offset) => pass.output.sourceOffset(offset),
  };
}

/** Has TypeScript write the JavaScript of a marked file in which the types still stand. */
function emit(pass: Pass): Marked {
  const { ts } = pass;
  const bare = marked(pass);
  const { outputText, sourceMapText } = ts.transpileModule(bare.code, {
    fileName: "module.ts",
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      sourceMap: true,
      removeComments: false,
    },
  });
  return {
    ...bare,
    code: outputText,
    references: pass.references.filter(({ token }) => outputText.includes(token)),
    sourceOffset: (offset) => {
      const { mappings } = JSON.parse(sourceMapText ?? "{}") as { mappings: string };
      return bare.sourceOffset(originalOffset(mappings, outputText, bare.code, offset));
    },
  };
}

function handlerTable(ts: TypeScriptLibrary): (Handler | undefined)[] {
  const { SyntaxKind } = ts;
  const table: (Handler | undefined)[] = [];
  const on: On = (kinds, handler) => {
    for (const kind of kinds) table[kind] = handler;
  };
  on([SyntaxKind.Identifier], (pass, node: ts.Identifier) => pass.used.add(node.text));
  on([SyntaxKind.CallExpression], visitCall);
  on([SyntaxKind.NewExpression], visitNew);
  on([SyntaxKind.PropertyAccessExpression], (pass, node: ts.PropertyAccessExpression) => {
    if (node.flags & ts.NodeFlags.OptionalChain) visitChain(pass, node);
    else pass.visit(node.expression);
  });
  on([SyntaxKind.ElementAccessExpression], visitElementAccess);
  on([SyntaxKind.TaggedTemplateExpression], visitTaggedTemplate);
  on([SyntaxKind.ArrayLiteralExpression], visitArray);
  on([SyntaxKind.ObjectLiteralExpression], visitObject);
  on([SyntaxKind.BinaryExpression], visitBinary);
  on(
    [SyntaxKind.DeleteExpression, SyntaxKind.PrefixUnaryExpression, SyntaxKind.PostfixUnaryExpression],
    visitReferenceOperand,
  );
  onTypes(ts, on);
  onDeclarations(ts, on);
  onStatements(ts, on);
  return table;
}

function onTypes({ SyntaxKind, NodeFlags }: TypeScriptLibrary, on: On): void {
  on([SyntaxKind.AsExpression, SyntaxKind.SatisfiesExpression], visitAs);
  on([SyntaxKind.NonNullExpression], (pass, node: ts.NonNullExpression) => {
    if (node.flags & NodeFlags.OptionalChain) visitChain(pass, node);
    else visitNonNull(pass, node);
  });
  on([SyntaxKind.TypeAssertionExpression], visitTypeAssertion);
  on([SyntaxKind.ExpressionWithTypeArguments], visitExpressionWithTypeArguments);
  on([SyntaxKind.InterfaceDeclaration, SyntaxKind.TypeAliasDeclaration, SyntaxKind.IndexSignature], eraseNode);
  on([SyntaxKind.NamespaceExportDeclaration], eraseNode);
}

function onDeclarations({ SyntaxKind }: TypeScriptLibrary, on: On): void {
  on(
    [
      SyntaxKind.FunctionDeclaration,
      SyntaxKind.FunctionExpression,
      SyntaxKind.ArrowFunction,
      SyntaxKind.MethodDeclaration,
      SyntaxKind.Constructor,
      SyntaxKind.GetAccessor,
      SyntaxKind.SetAccessor,
    ],
    visitFunction,
  );
  on([SyntaxKind.ClassDeclaration, SyntaxKind.ClassExpression], (pass, node: ts.ClassLikeDeclaration) => {
    if (hasModifier(node, SyntaxKind.DeclareKeyword)) eraseNode(pass, node);
    else visitClass(pass, node);
  });
  on([SyntaxKind.PropertyDeclaration], visitProperty);
  on([SyntaxKind.ClassStaticBlockDeclaration], visitStaticBlock);
  on([SyntaxKind.VariableDeclarationList], visitVariableList);
  on([SyntaxKind.VariableDeclaration], visitVariable);
  on([SyntaxKind.EnumDeclaration, SyntaxKind.ModuleDeclaration], visitEmitted);
  on([SyntaxKind.ImportDeclaration], visitImport);
  on([SyntaxKind.ExportDeclaration], visitExport);
  on([SyntaxKind.ExportAssignment], visitExportAssignment);
  on([SyntaxKind.ImportEqualsDeclaration], (pass, node: ts.ImportEqualsDeclaration) => {
    pass.needsEmit = true;
    pass.visitChildren(node);
  });
}

function onStatements({ SyntaxKind }: TypeScriptLibrary, on: On): void {
  on([SyntaxKind.VariableStatement], (pass, node: ts.VariableStatement) => {
    if (hasModifier(node, SyntaxKind.DeclareKeyword)) eraseNode(pass, node);
    else visitVariableStatement(pass, node);
  });
  on(
    [
      SyntaxKind.ExpressionStatement,
      SyntaxKind.ReturnStatement,
      SyntaxKind.BreakStatement,
      SyntaxKind.ContinueStatement,
    ],
    visitPlainStatement,
  );
  on([SyntaxKind.LabeledStatement], visitLabeled);
  on(
    [SyntaxKind.ForStatement, SyntaxKind.WhileStatement, SyntaxKind.DoStatement, SyntaxKind.ForInStatement],
    (pass, node: ts.ForStatement) => {
      visitLoop(pass, node);
    },
  );
  on([SyntaxKind.ForOfStatement], visitForOf);
  on([SyntaxKind.TryStatement], (pass, node: ts.TryStatement) => {
    visitTry(pass, node);
  });
  on([SyntaxKind.ThrowStatement], visitThrow);
}
