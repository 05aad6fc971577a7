/** The injection grammar colours the DSL's words in model files, as VS Code's own tokeniser reads it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type * as Oniguruma from "vscode-oniguruma";
import type * as TextMate from "vscode-textmate";
import * as dsl from "quantlens";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma") as typeof Oniguruma;
const { Registry, parseRawGrammar } = require("vscode-textmate") as typeof TextMate;

const root = path.resolve(import.meta.dirname, "../..");
const grammarFile = path.join(root, "syntaxes/quantlens.injection.json");

/** What of TypeScript's grammar matters here: where strings, comments and imports are, and that calls have a scope. */
const typescript = {
  scopeName: "source.ts",
  patterns: [
    { match: "//.*$", name: "comment.line.ts" },
    { begin: '"', end: '"', name: "string.quoted.ts" },
    { begin: "\\bimport\\b", end: ";", name: "meta.import.ts" },
    { match: "[A-Za-z_]\\w*(?=\\()", name: "entity.name.function.ts" },
  ],
};

let words: (line: string) => string[];

beforeAll(async () => {
  await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")).buffer);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: (scope) => {
      const text = scope === "source.ts" ? JSON.stringify(typescript) : readFileSync(grammarFile, "utf8");
      return Promise.resolve(parseRawGrammar(text, "grammar.json"));
    },
    getInjections: (scope) => (scope === "source.ts" ? ["source.ts.quantlens"] : []),
  });
  const grammar = (await registry.loadGrammar("source.ts"))!;
  words = (line) =>
    grammar.tokenizeLine(line, null).tokens.flatMap(({ startIndex, endIndex, scopes }) => {
      const kind = scopes.map((scope) => /\.(\w+)\.quantlens$/.exec(scope)?.[1]).find((each) => each !== undefined);
      return kind === undefined ? [] : [`${kind} ${line.slice(startIndex, endIndex)}`];
    });
});

describe("the injection grammar", () => {
  it.each<[string, string[]]>([
    ["x = quantConv1d(x, { weightQuant: int(6) });", ["layer quantConv1d", "quantizer int"]],
    [
      "x = quantReLU(batchNorm1d(x), { actQuant: uint( 8, { narrow: true }) });",
      ["layer quantReLU", "layer batchNorm1d", "quantizer uint"],
    ],
    ["weightQuant: ternary(), biasQuant: intBias({ bits: 16 })", ["quantizer ternary", "quantizer intBias"]],
    ["export default defineModel({", ["model defineModel"]],
    ['const bits = param("bits", 4); scope(`b.${i}`, f)', ["model param", "model scope"]],
    ["x = flatten(globalAvgPool (x))", ["layer globalAvgPool"]],
  ])("colours %s", (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it.each([
    ['import { int, quantConv1d } from "quantlens";'],
    ["// quantConv1d(x), int(6)"],
    ['const text = "int(6) quantReLU(x)";'],
    ["const int = (n: number) => n; int(n); parse.int(6); myint(6); $uint(6)"],
    ["this.quantConv1d(x); quantConv3d(x); quantConv1dx(x)"],
    ["array.scope(1); param(x); defineModels({"],
  ])("leaves alone %s", (line) => {
    expect(words(line)).toEqual([]);
  });

  it("knows every layer of the DSL whose name is its own", () => {
    const own = Object.keys(dsl).filter((name) => /^quant[A-Z]|^batchNorm|Pool/.test(name));
    expect(own.length).toBeGreaterThan(15);
    expect(own.filter((name) => words(`x = ${name}(x);`)[0] !== `layer ${name}`)).toEqual([]);
  });
});
