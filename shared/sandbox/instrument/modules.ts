/** Imports and exports: specifiers get tokens, types are left out, JSON needs no attributes. */
import type { TypeScript as ts } from "../typescript.js";
import { referTo } from "./calls.js";
import type { Pass } from "./pass.js";
import { endStatement } from "./statements.js";
import { eraseNode, hasModifier } from "./types.js";

export function visitImport(pass: Pass, node: ts.ImportDeclaration): void {
  const { ts, output } = pass;
  const { importClause: clause, moduleSpecifier } = node;
  if (!ts.isStringLiteral(moduleSpecifier) || clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) {
    eraseNode(pass, node);
    return;
  }
  if (clause) noteQuantlensNames(pass, clause, moduleSpecifier.text);
  const start = pass.start(node);
  if (clause && pass.stripTypes) {
    // Which names are values is known when the whole file has been seen.
    const lines = pass.text.slice(start, node.end).replace(/[^\n]+/g, "");
    output.erase(start, node.end, false);
    const piece = output.insert(node.end, "");
    const token = `"${pass.prefix}m${pass.references.length}"`;
    pass.references.push({
      specifier: moduleSpecifier.text,
      start: pass.start(moduleSpecifier),
      end: moduleSpecifier.end,
      token,
    });
    pass.atEnd.push(() => {
      const bindings = valueBindings(pass, clause);
      output.replace(piece, `${bindings === undefined ? "" : `import ${bindings} from ${token};`}${lines}`);
    });
    return;
  }
  referTo(pass, moduleSpecifier);
  output.erase(moduleSpecifier.end, node.end);
  output.insert(node.end, ";");
}

/** The clause without names that only types use; undefined when nothing is left. */
function valueBindings(pass: Pass, clause: ts.ImportClause): string | undefined {
  const { ts } = pass;
  // In JavaScript every name is a value.
  const isUsed = (name: ts.Identifier) =>
    pass.used.has(name.text) || (pass.source.flags & ts.NodeFlags.JavaScriptFile) !== 0;
  const parts: string[] = [];
  if (clause.name && isUsed(clause.name)) parts.push(clause.name.text);
  const { namedBindings } = clause;
  if (namedBindings && ts.isNamespaceImport(namedBindings)) {
    if (isUsed(namedBindings.name)) parts.push(`* as ${namedBindings.name.text}`);
  } else if (namedBindings) {
    const names = namedBindings.elements.filter((element) => !element.isTypeOnly && isUsed(element.name));
    if (names.length > 0) parts.push(`{${names.map((element) => element.getText(pass.source)).join(",")}}`);
  }
  return parts.length === 0 ? undefined : parts.join(",");
}

function noteQuantlensNames(pass: Pass, clause: ts.ImportClause, specifier: string): void {
  const { namedBindings } = clause;
  if (specifier !== "quantlens" || !namedBindings) return;
  if (pass.ts.isNamespaceImport(namedBindings)) {
    pass.quantlensNames.set(namedBindings.name.text, "*");
    return;
  }
  for (const { name, propertyName } of namedBindings.elements)
    pass.quantlensNames.set(name.text, (propertyName ?? name).text);
}

export function visitExport(pass: Pass, node: ts.ExportDeclaration): void {
  const { ts, output } = pass;
  const { exportClause, moduleSpecifier } = node;
  if (node.isTypeOnly) {
    eraseNode(pass, node);
    return;
  }
  if (exportClause && ts.isNamedExports(exportClause))
    visitExportNames(pass, exportClause, moduleSpecifier === undefined);
  if (moduleSpecifier && ts.isStringLiteral(moduleSpecifier)) {
    referTo(pass, moduleSpecifier);
    output.erase(moduleSpecifier.end, node.end);
    output.insert(node.end, ";");
  } else {
    endStatement(pass, node);
  }
}

function visitExportNames(pass: Pass, clause: ts.NamedExports, isLocal: boolean): void {
  for (const [index, element] of clause.elements.entries()) {
    const local = (element.propertyName ?? element.name).text;
    if (element.isTypeOnly || (isLocal && isLocalType(pass, local))) {
      const next = clause.elements[index + 1];
      pass.eraseType(pass.start(element), next ? pass.start(next) : clause.elements.end);
    } else if (isLocal) {
      pass.used.add(local);
    }
  }
}

/** Declared in this file as a type and as nothing else. */
function isLocalType(pass: Pass, name: string): boolean {
  const { ts } = pass;
  let isType = false;
  for (const statement of pass.source.statements) {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      isType ||= statement.name.text === name;
    } else if ("name" in statement && (statement.name as ts.Identifier | undefined)?.text === name) {
      return false;
    } else if (
      ts.isImportDeclaration(statement) &&
      statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
    ) {
      isType ||= namesOf(pass, statement.importClause).includes(name);
    }
  }
  return isType;
}

function namesOf(pass: Pass, clause: ts.ImportClause): string[] {
  const { namedBindings } = clause;
  const names = clause.name ? [clause.name.text] : [];
  if (!namedBindings) return names;
  if (pass.ts.isNamespaceImport(namedBindings)) return [...names, namedBindings.name.text];
  return [...names, ...namedBindings.elements.map((element) => element.name.text)];
}

export function visitExportAssignment(pass: Pass, node: ts.ExportAssignment): void {
  if (node.isExportEquals) pass.needsEmit = true;
  pass.visit(node.expression);
  endStatement(pass, node);
}

/** Enums and namespaces that are not just declared become code, which TypeScript's emitter writes. */
export function visitEmitted(pass: Pass, node: ts.EnumDeclaration | ts.ModuleDeclaration): void {
  const { ts } = pass;
  if (hasModifier(node, ts.SyntaxKind.DeclareKeyword)) {
    eraseNode(pass, node);
    return;
  }
  pass.needsEmit = true;
  if (ts.isModuleDeclaration(node)) pass.visit(node.body);
}
