import { describe, expect, it } from "vitest";
import { mark, runMarked, runPlain } from "../testing/vm.js";

/** Programs whose `log` must be the same with and without marks. */
const programs: Record<string, string> = {
  "the order of evaluation": `const t = (x: string) => { log(x); return (...a: unknown[]) => { log(x + a.length); return a.length; }; };
t("f")(t("a")(1), t("b")(), ...[t("c")(1, 2)], t("d")(t("e")()));`,
  "this of methods": `const o = { v: 1, get() { return this.v; }, "x y"() { return this?.v; } };
log(o.get(), o["get"](), (o.get)(), (o as any)["x y"](), (o!.get)!(), (o.get as () => number)());
const i = "get"; log(o[i](), (o as any)[i]());`,
  "this is undefined in plain calls": `function f(this: unknown) { return this; } const o = { f }; log(f(), (0, o.f)(), o.f() === o);`,
  "optional chains": `const a: any = { b: { c(x: number) { log(x); return { d: (y: number) => x + y, self: this === a.b }; } } };
const none: any = undefined;
log(a?.b.c(1).d(2), a?.b?.c(3)?.d?.(4), none?.b.c(log("never")).d(), a.x?.(log("never")), a?.b.c(5).self, (a?.b).c(6).self, (a?.b.c)(7).self);
log(delete a?.b?.zzz, a?.["b"]?.["c"](8).d(1)); log(none?.[log("never")]); log(a!?.b!.c!(9)!.d!(1));`,
  new: `class P { x; constructor(x = 5, ...r: number[]) { this.x = x + r.length; } static make() { return new this; } }
log(new P, new P(), new P(1, 2, 3), new P(...[4, 5]), P.make(), new (class { y = new P().x })(), new (P as any)(9));
function F(this: any) { this.t = new.target === F; } log(new (F as any));`,
  classes: `class A { #p = 1; static s = A.name; static #q = 7; get p() { return this.#p; } set p(v) { this.#p = v; }
  #m(x: number) { return this.#p + x; } m(x: number) { return this.#m(x); } static q() { return A.#q; } static { log("static", this.q()); } has(o: object) { return #p in o; } }
class B extends A { z = this.m(1); constructor(...a: []) { super(...a); log(this.z); } override m(x: number) { return super.m(x) * 2; } get p() { return super.p + 1; } set p(v) { super.p = v; } ["com" + "puted"]() { return 3; } }
const b = new B(); b.p = 10; log(b.p, b.m(2), b.computed(), b.has(b), b.has({} as A), B.s);`,
  "classes with types": `abstract class S<T> implements Iterable<T> { private readonly items: T[] = []; declare ghost: number; protected opt?: string; definite!: number; static readonly n: number = 2;
  constructor(first: T, public other = 3) { this.items.push(first); } abstract area(): number; *[Symbol.iterator](): Iterator<T> { yield* this.items; } over(x: string): void; over(x: number): void; over(x: unknown): void { log(x); } [key: string]: unknown; }
class C extends S<number> { override area() { return 1; } } const c = new C(4); c.over(1); log([...c], c.area(), c.other, Object.keys(c), C.n);`,
  "accessors and statics": `const o = { get a(): number { log("get"); return 1; }, set a(v: number) { log("set", v); }, async m() {}, *g() {}, async *ag() {}, ["k" + 1]: 2 };
o.a = o.a + 1; o.a++; o.a ??= 5; log(Object.keys(o), o.m.name, o.g.name);`,
  "function names": `const f = () => 1; let g = function () {}; const h = class {}; const { i = () => 2, j: [k = () => 3] } = { j: [] } as any; const o = { l: () => 1, m: function () {}, n() {} };
log(f, g, h.name, i, k, o.l, o.m, o.n); const arr = [() => 1]; log(arr[0]!.name); let late; late = () => 1; log(late);`,
  arrays: `const xs = [1, , 3]; const ys = [...xs, ...new Set([4, 4]), ..."ab", ...[]]; log(xs.length, 1 in xs, ys, [], [[]], [undefined].length);
const zs = [xs.push(9), ...xs, xs.push(10)]; log(zs, xs.length); log([...(function* () { log("it"); yield 1; })(), log("after")].length);`,
  "array methods": `const rows = [{ k: 1 }, { k: 2 }, { k: 3 }];
log(rows.map((r, i, a) => r.k + i + a.length), rows.filter(function (this: any, r) { return r.k > this.min; }, { min: 1 }).length, rows.reduce((s, r) => s + r.k, 0), rows.reduceRight((s, r) => s + r.k, ""), [1, 2].reduce((a, b) => a * b));
log(rows.find((r) => r.k === 2), rows.findIndex((r) => r.k === 2), rows.some(({ k }) => k > 2), rows.every(({ k }) => k > 2), rows.flatMap((r) => [r.k, r.k]), Array.from(rows, (r, i) => r.k * i), Array.from({ length: 2 }, (_, i) => i));
rows.forEach((r) => log(r.k)); log([3, 1, 2].sort((a, b) => a - b), rows.toReversed().map((r) => r.k), [...rows.entries()].length, rows.slice(1)[0], rows.concat({ k: 4 }).length);
log(["1", "2", "3"].map(parseInt), ["a"].map((x) => x.toUpperCase()), Array.prototype.map.call("ab", (c) => c + c), rows.map.length);`,
  "own map methods": `const own = { map(f: any, t: unknown) { return [f.name, f.length, f(1), t, this === own]; }, forEach(f: any) { return f; } }; const cb = (x: number) => x; log(own.map(cb, 2), own.forEach(cb) === cb);
class L extends Array<number> { override map(f: any): any { return f === cb; } } log(new L(3).map(cb)); new Map([[1, { a: 1 }]]).forEach((v, k) => log(v, k)); new Set([{ s: 1 }]).forEach((v) => log(v));`,
  "element reads and writes": `const a = [1, 2, 3]; let i = 0; a[i++] = a[i]!; log(a, i); a[i]!++; ++a[i]!; a[i] += a[i + 1]!; log(a); delete a[i]; log(1 in a); [a[0], a[2]] = [a[2]!, a[0]!]; log(a);
({ x: a[i], ...(a as any)[i + 5] } = { x: 7 } as any); log(a); for (a[i] of [5, 6]) log(a[i]); for (a[0] in { k: 1 } as any) log(a[0]); const o: any = { get [i]() { return this === o; } }; log(o[i]); log(a[i]?.toFixed(1), "xyz"[i], a["length"], a[-1]);
const key = { toString() { log("key"); return "0"; } } as any; log(a[key]); try { (null as any)[key]; } catch (e: any) { log(e.constructor.name); } class D extends Array { second(i: number) { return super[i as never]; } } log(new D().second(0));`,
  destructuring: `const { a, b: { c = 3, ...d }, ...e } = { a: 1, b: { x: 2, y: 3 }, z: 9 } as any; log(a, c, d, e); let p: any, q: any, r: any; [p, [q = [1, 2]], ...r] = [0, [], 5, 6] as any; log(p, q, r);
({ p, q: { length: q } = [1, 2, 3] } = { p: [1] } as any); log(p, q); [p, q] = [q, p]; log(p, q); const f = ({ k = [1, 2], m: [n] = [4] }: any = {}, [o2 = { z: 1 }]: any = []) => [k, n, o2]; log(f(), f({ k: 1 }, [2])); for (const [k, { v }] of Object.entries({ x: { v: 1 } })) log(k, v); for ([p, q = [9]] of [[1]] as any) log(p, q);`,
  loops: `outer: for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) { if (j === 2) continue outer; if (i === 2) break outer; log(i, j); } } let n = 3; while (n--) log(n); do log(n); while (n++ < 1)
for (const k in { a: 1, b: 2 }) log(k); for (const x of [1, 2, 3]) { if (x === 2) continue; log(x); } const fs: (() => number)[] = []; for (let i = 0; i < 3; i++) fs.push(() => i); log(fs.map((f) => f())); for (;;) break; for (var v = 0; v < 2; v++); log(v);
a: { log("in"); if (n) break a; log("never"); } l1: l2: for (const x of [1, 2]) { for (;;) continue l1; } const xs = [5, 6]; for (let i = 0; i < xs.length; i++) log(xs[i]); let i = 0; while (i < xs.length) log(xs[i++]); do { i--; log(xs[i]); } while (i > 0); for (const x of xs) { if (xs.length < 4) xs.push(x); } log(xs); if (n) for (const x of [1]) log(x); else for (;;) {}`,
  "iteration protocol": `function it(stop: number) { let i = 0; return { [Symbol.iterator]() { log("iter"); return this; }, next(...a: unknown[]) { log("next", a.length); return { done: i === stop, value: i++ }; }, return() { log("return"); return {}; } }; }
for (const x of it(2)) log(x); for (const x of it(5)) { if (x === 1) break; } try { for (const x of it(5)) throw x; } catch (e) { log("caught", e); } const [first] = it(9); log(first); (() => { for (const x of it(3)) return x; })();
for (const x of { [Symbol.iterator]: () => ({ next: () => ({ get done() { log("done?"); return true; }, get value() { log("value?"); return 1; } }) }) } as any) log(x); for (const bad of [1, null, undefined, {}, "ab", { [Symbol.iterator]: 1 }, { [Symbol.iterator]: () => 1 }] as any[]) try { for (const x of bad) log(x); } catch (e: any) { log(e.constructor.name); }
for (const [i, x] of [7, 8].entries()) log(i, x); for (const x of new Map([[1, 2]])) log(x); for (const x of [1, 2].values()) log(x); const held = [1, 2, 3].values(); for (const x of held) { log(x); break; } for (const x of held) log("more", x);`,
  generators: `function* g(n: number): Generator<number, string, number> { try { for (let i = 0; i < n; i++) { const got = yield [i, i][i % 2]!; log("got", got); } yield* h(); return "end"; } catch (e) { log("caught", e); return "c"; } finally { log("finally"); } } function* h() { const back = yield f(yield 100); log("back", back); } const f = (x: number) => x + 1;
const a = g(2); log(a.next(1), a.next(2), a.next(3), a.next(4), a.next(5), a.next(6), a.next(7)); const b = g(3); b.next(1); log(b.throw("boo")); const c = g(3); c.next(1); log(c.return("r")); log([...g(1)].length); const o = { *m(x: number) { for (const y of [1, 2]) yield x * y; } }; log([...o.m(3)]);`,
  exceptions:
    `function bad(n: number): never { throw n > 0 ? new RangeError("x") : n; } for (const n of [0, 1]) try { log(f2(n)); } catch (e: unknown) { log(e instanceof RangeError, e === 0); } finally { log("f"); } function f2(n: number) { return bad(n); }
function order() { try { return log("try"), 1; } finally { log("finally"); } } log(order()); function over() { try { throw 1; } catch { return "catch"; } finally { return "finally"; } } log(over()); l: try { log("a"); break l; log("never"); } finally { log("b"); } try { try { throw 1; } finally { log("inner"); } } catch (e) { log(e); } for (const x of [1, 2]) { try { continue; } finally { log(x); } } throw\n{ toString() { return "x"; } };`.replace(
      "throw\n",
      "throw ",
    ),
  types: `type X = { a: number }; interface Y extends X { b?: string } declare const ghost: Y; declare function gone(x: number): void; function over(a: string): string; function over(a: number): number; function over(a: any) { return a; }
const id = <T,>(x: T): T => x, id2 = <T extends object = {}>(x: T) => x; log(over(1), id<number>(2), id2<{ q: 1 }>({ q: 1 }), (<any>3) + 1, 4 as unknown as number, ({ z: 1 }) satisfies { z: number }, (1 + 1 as number) * 3, (-(2 as number)) ** 2, [1, 2] as const, "s" as const);
const arrow = (a: number, b?: string, ...c: number[]): { x: number } => ({ x: a + c.length }); log(arrow(1, "", 2)); const pred = (x: unknown): x is string => typeof x === "string"; log(pred(1)); const assert: (x: unknown) => asserts x = () => {}; assert(1); let u!: number; u = 1; log(u!); function withThis(this: void, a: number) { return a; } log(withThis(3)); const m = new Map<string, number[]>([["a", [1]]]); log([...m]); label: for (const x of m as Iterable<[string, number[]]>) { log(x); continue label; } const tag = <T,>(s: TemplateStringsArray, ...v: T[]) => s.raw.join("|") + v.length; log(tag<number>\`a\${1}b\${2}\`, \`t\${id(1)}\`); abstract class Q { abstract m(): void } log(typeof Q); const inst = id<string>; log(inst("i")); type Fn = (x: number) => void; let fn: Fn | undefined; fn?.(1); fn!?.(1); const as = 1, type = 2, of = 3; log(as, type, of); var async = (x: number) => x; log(async(1)); function f(): \n number \n { return 1 } log(f())`,
  "no semicolons": `let a = 1
let b = a as number
;[1, 2].forEach((x) => log(x))
const c = a!
;(() => log("iife"))()
type T = number
;(() => log("after type"))()
class K { x = 1
  y: number = 2
  ["z"] = 3
  declare w: number
  *g() {} }
log(Object.keys(new K))
let d = b
++a
log(a, d)
function r() { return
  1 }
log(r())
if (a) log("yes")
else log("no")
do log("once"); while (false) log("same line")
var x = (y: number) =>
  y
log(x(1))
interface I { a: 1 }
log("end")`,
  enums: `enum E { A, B = A + 5, C = "x".length, D = B << 1 } enum S { P = "p", Q = "q" } const enum K { One = 1, Two } log(E.A, E.B, E[5], E.C, E.D, S.Q, K.Two, Object.keys(E)); for (const [k, v] of Object.entries(S)) log(k, v); declare enum Ghost { Z } const rows = [{ e: E.A }, { e: E.B }]; for (const r of rows) log(E[r.e]);`,
  namespaces: `namespace N { export const a = [1, 2].map((x) => x * 2); export function f(x: number): number { return x + a.length; } export namespace M { export const z = f(1); } type Hidden = string; } log(N.a, N.f(1), N.M.z); namespace OnlyTypes { export type A = 1 } declare namespace Ghost { const x: number }`,
  "parameter properties": `class P { constructor(private a: number, readonly b = [1, 2], protected c?: string) { log(this.a, this.b); } sum() { return this.a + this.b.length; } } log(new P(1).sum()); class R extends P { constructor(public d: number) { super(d); log(this.d); } } log(new R(5).sum());`,
  decorators: `const dec = (n: string) => (v: any, c: any) => { log(n, c.kind, c.name); return v; }; @dec("class") class D { @dec("field") x = 1; @dec("method") m(a: number) { return a; } @dec("acc") accessor y = [1, 2]; @dec("static") static s() {} } log(new D().m(2), new D().y);`,
  "templates and regexes": `const who = "w"; log(\`a\${who + \`\${[1].map(String)}\`}\`, /a(b)\\/c/g.exec("ab/c")?.[1], "x".replace(/x/, (m) => m + m), String.raw\`\\n\${1}\`, "a-b".split("-"), "ab".at(-1), [1, 2].indexOf(2), ["b", "a"].sort().join());`,
  operators: `log(2 ** 3 ** 2, 1 << 3, 2n ** 10n, 1n << 5n, typeof log(1), void 0, !log, -[3], +"4", ~5, (1, 2), null ?? 3, 0 || 4, 1 && 5, 1 ? [2] : [3], "a" in { a: 1 }, [] instanceof Array); let x: any = 2; x **= 3; x <<= 1; x ||= 5; x &&= [x]; x[0] ??= 1; log(x); log(await1(1)); function await1(y: number) { return y; }`,
  "eval and arguments": `function f(a: number) { return [arguments.length, eval("a + 1"), (0, eval)("1 + 1")]; } log(f(1), (function () { return arguments; })().length);`,
  "symbols and getters on functions": `const f: any = () => 1; f.x = [1]; log(f.x, f?.x?.[0], f.call(null), f.apply(null, []), f.bind(null)()); const p = new Proxy({}, { get: (_, k) => () => k }) as any; log(p.foo(), p["bar"](), p?.baz()); log(Reflect.ownKeys({ [Symbol.iterator]: 1 }).length, Symbol("d").description);`,
  "comments everywhere": `log(/* a */ 1 /* b */, /* c */ 2 /* d */); // f(
log( // x
); log(1, // y
  2, /* z */); const a = [/* 0 */ 1, /* 1 */ 2 /* end */, ]; log(a.map(/* cb */ (x /* p */) /* r */ => /* body */ x)); /* ) */ function f(/* none */) /* ret */ { return /* v */ [ /* e */ ]; } log(f /* call */ ( /* nothing */ )); for (/* i */ const x /* of */ of /* xs */ a /* ) */) /* s */ log(x);`,
};

describe("instrument", () => {
  for (const [name, text] of Object.entries(programs)) {
    it(`changes nothing: ${name}`, () => {
      const plain = runPlain(text);
      const marked = runMarked(text);
      expect(marked.logged).toEqual(plain.logged);
      expect(plain.logged.length).toBeGreaterThan(1);
      if (!plain.logged.some((entry) => String(entry).startsWith("thrown"))) expect(marked.left).toEqual([]);
    });
  }

  it("keeps every line where it was", () => {
    const text = "type A = {\n  x: 1;\n};\nimport type { B } from './b.js';\nlet a:\n  number = 1;\nfoo(a);\n";
    const lines = mark(text).code.split("\n");
    expect(lines[5]).toContain("= 1;");
    expect(lines[6]).toContain("foo(");
  });
});
