/**
 * The reference part of docs/dsl.md, made from the types and docstrings of the DSL: what the editor shows is what
 * the page says.
 */
import path from "node:path";
import prettier from "prettier";
import ts from "typescript";

/** Headings, and the files of shared/dsl whose functions stand below them. */
const sections = [
  ["The model", ["model", "parameters", "tensor"]],
  ["Quantisers", ["quantizers"]],
  ["Convolutions", ["conv", "conv-transpose"]],
  ["Fully connected layers", ["linear"]],
  ["Activations", ["activations"]],
  ["Pools", ["pooling"]],
  ["Normalisation and dropout", ["normalization"]],
  ["Shapes", ["shape-ops"]],
  ["Arithmetic", ["elementwise"]],
  ["Custom operators", ["custom-op"]],
  ["Training and pruning", ["recipe", "optimizers"]],
  ["Sweeps", ["sweep"]],
  ["Data", ["data"]],
  ["Challenges", ["challenge"]],
];

/** Everything that `quantlens` exports: one entry per symbol, as plain data. */
export function dslEntries(root) {
  const entry = path.join(root, "shared/dsl/index.ts");
  const options = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts"],
    strict: true,
    types: [],
    noEmit: true,
  };
  const program = ts.createProgram([entry], options);
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry));
  return checker.getExportsOfModule(module).map((symbol) => describeSymbol(checker, symbol));
}

/** Code and meaning of the problems that the DSL reports. */
function problemEntries(root) {
  const file = path.join(root, "shared/dsl/problem-codes.ts");
  const source = ts.createSourceFile(file, ts.sys.readFile(file), ts.ScriptTarget.Latest, true);
  const entries = [];
  const visit = (node) => {
    if (ts.isPropertyAssignment(node)) entries.push({ code: node.name.text, meaning: node.initializer.text });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return entries;
}

/** Markdown with a section per family, a heading per function, a table per options object. */
function dslReference(root) {
  const entries = dslEntries(root);
  const parts = sections.map(([title, files]) => {
    const own = files.flatMap((file) =>
      entries.filter((entry) => entry.file === file).sort((a, b) => a.position - b.position),
    );
    const shown = own.filter((entry) => entry.kind !== "type");
    const tables = new Set(shown.flatMap(({ options = [] }) => options.map(({ name }) => name)));
    const mentioned = new Set(
      shown.flatMap(({ options = [] }) => options.flatMap(({ properties }) => properties.map(({ type }) => type))),
    );
    const nested = own.filter(({ kind, name }) => kind === "type" && mentioned.has(name) && !tables.has(name));
    return [`## ${title}`, ...shown.map(renderEntry), ...nested.map(renderType)].join("\n\n");
  });
  const problems = problemEntries(root).map(({ code, meaning }) => `| \`${code}\` | ${meaning} |`);
  const table = ["| code | meaning |", "|---|---|", ...problems].join("\n");
  return `${parts.join("\n\n")}\n\n## Problems that the DSL reports\n\n${table}\n`;
}

function describeSymbol(checker, exported) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const [declaration] = symbol.declarations;
  const common = {
    name: exported.name,
    file: path.basename(declaration.getSourceFile().fileName, ".ts"),
    position: declaration.getStart(),
    doc: documentation(checker, symbol),
  };
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
  const signatures = type.getCallSignatures();
  if (signatures.length > 0) return { ...common, kind: "function", ...describeFunction(checker, signatures) };
  const declared = checker.getDeclaredTypeOfSymbol(symbol);
  const properties = describeProperties(checker, declared);
  return { ...common, kind: ts.isClassDeclaration(declaration) ? "class" : "type", properties };
}

function describeFunction(checker, signatures) {
  const overloads = signatures.map((signature) => {
    const { declaration } = signature;
    const text = (node) => node.getText().replace(/\s+/g, " ");
    const generics = declaration.typeParameters ? `<${declaration.typeParameters.map(text).join(", ")}>` : "";
    return `${declaration.name.text}${generics}(${declaration.parameters.map(text).join(", ")}): ${text(declaration.type)}`;
  });
  const [first] = signatures;
  const parameters = first
    .getJsDocTags()
    .filter((tag) => tag.name === "param")
    .map((tag) => ts.displayPartsToString(tag.text));
  const options = first.getParameters().flatMap((parameter) => {
    const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, parameter.valueDeclaration));
    return (type.isUnion() ? type.types : [type]).flatMap((member) => {
      const name = member.aliasSymbol?.name ?? member.symbol?.name ?? "";
      return /(?:Options|Spec)$/.test(name) ? [{ name, properties: describeProperties(checker, member) }] : [];
    });
  });
  return { overloads, parameters, options };
}

function describeProperties(checker, type) {
  if (type.isUnion()) return [];
  const named = type.getProperties().filter(({ valueDeclaration }) => !ts.isPrivateIdentifier(valueDeclaration.name));
  return named.map((property) => {
    const propertyType = checker.getTypeOfSymbolAtLocation(property, property.valueDeclaration);
    return {
      name: property.name,
      optional: (property.flags & ts.SymbolFlags.Optional) !== 0,
      type: typeText(checker, checker.getNonNullableType(propertyType)),
      doc: documentation(checker, property),
    };
  });
}

/** A type as it is written, but the words of a union of words instead of its name. */
function typeText(checker, type) {
  const words = type.isUnion() && type.types.every((member) => member.isStringLiteral());
  if (words) return type.types.map(({ value }) => JSON.stringify(value)).join(" | ");
  return checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation);
}

function documentation(checker, symbol) {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker));
}

function renderEntry(entry) {
  if (entry.kind === "class") return renderType(entry);
  const signatures = ["```ts", ...entry.overloads, "```"].join("\n");
  const parameters = entry.parameters.map((text) => `- \`${text.replace(/^(\w+) /, "$1`: ")}`).join("\n");
  const tables = entry.options.map(({ properties }) => table(properties, "option"));
  return [`### ${entry.name}`, signatures, entry.doc, parameters, ...tables].filter((part) => part !== "").join("\n\n");
}

function renderType(entry) {
  return [`### ${entry.name}`, entry.doc, table(entry.properties, entry.kind === "class" ? "property" : "option")].join(
    "\n\n",
  );
}

function table(properties, what) {
  const rows = properties.map(({ name, optional, type, doc }) => {
    const required = optional || what === "property" ? "" : " (required)";
    return `| \`${name}\`${required} | \`${cell(type)}\` | ${cell(doc)} |`;
  });
  return [`| ${what} | type | meaning |`, "|---|---|---|", ...rows].join("\n");
}

/** Text for a table's cell: one line, bars escaped, lists as sentences. */
function cell(text) {
  return text
    .replace(/\n- /g, "<br>- ")
    .replace(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|");
}

const marker = "<!-- From here on made by `node scripts/dsl-docs.mjs` from the docstrings of shared/dsl. -->";

/** The page with everything below its marker replaced by the reference. */
export async function dslPage(root, page) {
  const at = page.indexOf(marker);
  if (at === -1) throw new Error(`docs/dsl.md has lost its marker, the line ${marker}`);
  const file = path.join(root, "docs/dsl.md");
  const options = await prettier.resolveConfig(file);
  return prettier.format(`${page.slice(0, at)}${marker}\n\n${dslReference(root)}`, { ...options, filepath: file });
}
