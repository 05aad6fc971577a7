/**
 * Random programs, run plain and marked. The logs must be the same, and at each probe the chain must be what
 * V8's own stack of the plain program says: the calls in progress, outermost first.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mark, run } from "../testing/vm.js";
import type { TypeScript as ts } from "../typescript.js";

const names = ["f0", "f1", "f2", "f3"];

/**
 * Not in it, since V8's stack then shows a call that has ended: a generator that is gone through by a spread, or
 * that makes calls while a loop is left early.
 */
/** Expressions, statements and functions that always end: calls go down a budget. */
const grammar = fc.letrec<{ expression: string; statement: string; block: string; callback: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthIdentifier: "program" },
    fc.constantFrom("1", "x", "'s'", "rows", "none", "this?.v", "probe()"),
    fc.tuple(fc.constantFrom(...names), tie("expression"), tie("expression")).map(([f, a, b]) => `${f}(${a}, ${b})`),
    fc.tuple(fc.constantFrom(...names), tie("expression")).map(([f, a]) => `${f}(x, ${a})`),
    fc.tuple(fc.constantFrom(...names), tie("expression")).map(([f, a]) => `${f}(...[${a}, probe()])`),
    fc.tuple(fc.constantFrom(...names), tie("expression")).map(([f, a]) => `o.${f}(${a})`),
    fc.tuple(fc.constantFrom(...names), tie("expression")).map(([f, a]) => `o?.${f}?.(${a})`),
    fc
      .tuple(fc.constantFrom(...names), tie("expression"), tie("expression"))
      .map(([f, a, b]) => `o.self?.(${a})?.${f}(${b})`),
    fc.tuple(fc.constantFrom(...names), tie("expression")).map(([f, a]) => `none?.${f}(${a})`),
    fc.tuple(fc.constantFrom(...names), tie("expression")).map(([f, a]) => `new K(${f}, ${a}).v`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, ...[${b}], probe()].length`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `({ a: ${a}, get b() { return ${b}; } }).b`),
    fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    tie("callback").map((cb) => `rows.map(${cb}).length`),
    tie("callback").map((cb) => `[3, 4].reduce((s, x) => (${cb})(x), 0)`),
    tie("callback").map((cb) => `((g) => [...g].length)(gen(${cb}))`),
    tie("block").map((block) => `(() => { ${block} return probe(); })()`),
  ),
  callback: fc.oneof(
    { maxDepth: 4, depthIdentifier: "program" },
    tie("expression").map((e) => `(x) => ${e.startsWith("{") ? "0" : e}`),
    tie("block").map((block) => `function (x) { ${block} return x; }`),
  ),
  statement: fc.oneof(
    { maxDepth: 4, depthIdentifier: "program" },
    tie("expression").map((e) => `log(${e});`),
    tie("expression").map((e) => `probe(${e})`),
    tie("expression").map((e) => `if (x !== 2) throw ${e};`),
    fc.tuple(tie("block"), tie("block")).map(([a, b]) => `try { ${a} } catch (e) { log("caught"); ${b} }`),
    fc.tuple(tie("block"), tie("block")).map(([a, b]) => `try { ${a} } finally { probe(); ${b} }`),
    tie("block").map((a) => `for (const x of rows) { ${a} }`),
    tie("block").map((a) => `for (const x of gen((x) => x)) { ${a} if (x) break; }`),
    tie("block").map((a) => `for (let i = 0; i < 2; i++) { const x = rows[i]; ${a} }`),
    tie("expression").map((e) => `let n = 2\nwhile (n-- > 0) ${e}`),
    tie("expression").map((e) => `l: for (const k in { a: 1, b: 2 }) { log(${e}); continue l; }`),
    tie("expression").map((e) => `return ${e};`),
  ),
  block: fc
    .array(tie("statement"), { minLength: 1, maxLength: 3 })
    .map((statements) => statements.map((s) => `{ ${s} }`).join(" ")),
}));

const program = fc
  .tuple(fc.tuple(grammar.block, grammar.block, grammar.block, grammar.block), grammar.block, grammar.callback)
  .map(
    ([bodies, main, each]) => `
let budget = 60;
const rows = [{ v: 1 }, { v: 2 }, { v: 0 }], none = undefined;
class K { constructor(f, x) { this.v = f(x); probe(); } }
function* gen(f) { for (const x of rows) { try { yield f(x); probe(); } finally { log(x); } } }
${bodies.map((body, i) => `function f${i}(x, y) { if (budget-- < 0) return x; probe(x); ${body} return y; }`).join("\n")}
const o = { f0, f1, f2(x) { return f2(x, this.v); }, f3, v: 7, self(x) { return this; } };
function main(x) { ${main} rows.forEach(${each}); }
for (const x of [1, 2]) try { main(x); } catch (e) { log("out"); probe(); }
`,
  );

/** Ids of calls by the position that V8 reports for them: `new`, the callee's name, or what follows it. */
function callsByPosition(
  text: string,
  sites: readonly { node: ts.Node; kind: string }[],
  source: ts.SourceFile,
): Map<string, number> {
  const calls = new Map<string, number>();
  for (const [index, { node, kind }] of sites.entries()) {
    if (kind !== "call") continue;
    const { expression } = node as ts.CallExpression;
    const isNew = text.startsWith("new ", node.getStart(source));
    const name = (expression as Partial<ts.PropertyAccessExpression>).name;
    const start = isNew ? node.getStart(source) : (name ?? expression).getStart(source);
    const isNamed = isNew || name !== undefined || /^\w+$/.test(expression.getText(source));
    for (const at of [...(isNamed ? [start] : []), expression.end, text.indexOf("(", expression.end)]) {
      const { line, character } = source.getLineAndCharacterOfPosition(at);
      calls.set(`${line}:${character}`, index + 1);
    }
  }
  return calls;
}

/** What a stack of V8 says about the calls in progress. */
function chainOf(stack: string, calls: ReadonlyMap<string, number>, prefixLength: number): number[] {
  const chain: number[] = [];
  for (const line of stack.split("\n")) {
    const match = /m\.ts:(\d+):(\d+)\)?$/.exec(line);
    if (!match) continue;
    const row = Number(match[1]) - 1;
    const column = Number(match[2]) - 1 - (row === 0 ? prefixLength : 0);
    const call = calls.get(`${row}:${column}`);
    if (call !== undefined) chain.unshift(call);
  }
  return chain;
}

describe("the chain of random programs", () => {
  it("is V8's stack, and the programs do what they did", () => {
    let probes = 0;
    fc.assert(
      fc.property(program, (text) => {
        const marked = mark(text, "m.js");
        const calls = callsByPosition(text, marked.sites, marked.source);
        const expected: number[][] = [];
        const actual: number[][] = [];
        const stackOf = (holder: { stack?: string }): number[] =>
          chainOf(holder.stack ?? "", calls, '(() => {"use strict";'.length);
        // Both probes run in the realm of the program, where `Error` is V8's.
        const plain = run(`const probe = __probe(Error);${text}`, {
          __probe: (RealmError: ErrorConstructor) => {
            RealmError.stackTraceLimit = Infinity;
            return (x: unknown) => {
              const holder: { stack?: string } = {};
              RealmError.captureStackTrace(holder);
              expected.push(stackOf(holder));
              return x;
            };
          },
        });
        const result = run(`const probe = __probe(globalThis.__quantlens.origin);${marked.code}`, {
          __probe: (origin: () => { calls: number[] }) => (x: unknown) => {
            actual.push([...origin().calls]);
            return x;
          },
        });
        expect(result.logged).toEqual(plain.logged);
        expect(actual).toEqual(expected);
        probes += expected.length;
      }),
      { numRuns: 60, seed: 20211001 },
    );
    expect(probes).toBeGreaterThan(1000);
  });
});
