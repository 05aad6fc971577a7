/**
 * Makes the TypeScript library small enough to ship. The published file is one CommonJS function around all of the
 * compiler and the language service, in which a bundler can leave nothing out. Here it becomes an ES module of the
 * compiler alone, so that esbuild drops what `shared/sandbox/typescript-parts.ts` does not need.
 */
import { readFile } from "node:fs/promises";

const opening = "var ts = {}; ((module) => {\n";
const exportTable = /__export\(typescript_exports, \{\n([\s\S]*?)\n\}\);\n/;
const exportEntry = /^ {2}(\w+): \(\) => (\w+),?$/gm;
/** Each source file of the library begins with such a comment. */
const fileStart = /^(?=\/\/ src\/)/m;
const declaration = /^(?:var|let|const|class|function\*?|async function) (\w+)/gm;

/** Beside the compiler: `transpileModule`, and the two functions of the language service that it calls. */
const keptFile = /^\/\/ src\/(?:compiler\/|services\/transpile\.ts)/;
const keptFunctions = ["getDefaultCompilerOptions2", "cloneCompilerOptions"];

/** The methods of nodes come with the language service: those that the sandbox calls, in terms of the compiler. */
const nodeMethods = `
for (const kind of ["Node", "Token", "Identifier", "PrivateIdentifier", "SourceFile"]) {
  Object.assign(objectAllocator["get" + kind + "Constructor"]().prototype, {
    getStart(sourceFile) { return getTokenPosOfNode(this, sourceFile); },
    getFullStart() { return this.pos; },
    getEnd() { return this.end; },
    getText(sourceFile) { return (sourceFile ?? getSourceFileOfNode(this)).text.slice(this.getStart(sourceFile), this.end); },
  });
}
Object.defineProperty(objectAllocator.getIdentifierConstructor().prototype, "text", { get() { return idText(this); } });
`;

/** An esbuild plugin for the bundle that has `typescript` in it. */
export const typescriptSubset = {
  name: "typescript-subset",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]typescript[\\/]lib[\\/]typescript\.js$/ }, async ({ path }) => ({
      contents: compilerModule(await readFile(path, "utf8")),
    }));
  },
};

/** Throws when the library is not laid out as it was in 6.0: then this file has to be looked at again. */
function compilerModule(library) {
  const start = library.indexOf(opening);
  const table = exportTable.exec(library)?.[1];
  if (start === -1 || table === undefined) throw new Error("The TypeScript library has another layout than expected.");
  const [helpers, ...files] = library.slice(start + opening.length).split(fileStart);
  const compiler = [
    helpers,
    ...files.filter((file) => keptFile.test(file)),
    ...keptFunctions.map((name) => functionText(library, name)),
    nodeMethods,
  ].join("");
  const declared = new Set([...compiler.matchAll(declaration)].map(([, name]) => name));
  const exported = [...table.matchAll(exportEntry)].filter(([, , local]) => declared.has(local));
  return `${compiler}\nexport { ${exported.map(([, name, local]) => `${local} as ${name}`).join(", ")} };\n`;
}

/** The text of a top-level function. */
function functionText(library, name) {
  const text = new RegExp(`^function ${name}\\([\\s\\S]*?^\\}\\n`, "m").exec(library)?.[0];
  if (text === undefined) throw new Error(`The TypeScript library has no function ${name}.`);
  return text;
}
