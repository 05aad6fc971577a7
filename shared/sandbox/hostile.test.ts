/** Programs that would hang, eat or crash whatever runs them. After each, the next one must run as if nothing had been. */
import { afterEach, describe, expect, it } from "vitest";
import { imports, smallSandbox, told } from "./testing/small.js";

const sandbox = smallSandbox();
const limits = { deadlineMs: 300, memoryMb: 32 };
/** For what must fail by itself before the deadline, on a busy machine too. */
const ample = 30_000;

/** The one problem of a program, as `code @ text`. */
async function blamed(text: string, deadlineMs = limits.deadlineMs): Promise<string[]> {
  const evaluation = await sandbox.evaluate(
    `${imports}${text}\nexport default defineModel();`,
    {},
    { ...limits, deadlineMs },
  );
  expect(evaluation.definition).toBeUndefined();
  return told(evaluation).map((line) => line.replace(/^([\w-]+): .*? @ /, "$1 @ "));
}

afterEach(async () => {
  const next = await sandbox.evaluate(`${imports}export default defineModel({ forward: (x) => layer(x, "next") });`);
  expect(told(next)).toEqual([]);
  expect(next.definition?.graph.layers).toHaveLength(1);
});

describe("a program that does not end", () => {
  const cases: Record<string, readonly [text: string, place: string]> = {
    "a loop": ["let i = 0;\nfunction spin() { while (true) { i++; } }\nspin();", "while (true)"],
    "a loop in a callback": ["[3, 1, 2].sort(() => { for (;;); });", "for (;;)"],
    "a generator without an end": [
      "function* all() { let i = 0; for (;;) yield i++; }\nlet s = 0; for (const i of all()) s += i;",
      "for (const i of all())",
    ],
    "recursion that fans out": [
      "function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 1); }\nfib(60);",
      "fib(n - 1)",
    ],
    "a getter that JSON.stringify asks": ["const o = { get graph() { for (;;); } };\nJSON.stringify(o);", "for (;;)"],
    "a microtask that never gives up": [
      "const again = (): void => { for (;;); };\nvoid Promise.resolve().then(again);",
      "for (;;)",
    ],
    "a thrown proxy": ["throw new Proxy({}, { get() { for (;;); } });", "for (;;)"],
    "indexOf in a huge array": ["const a = new Array(4294967295);\nconst z = a.indexOf(1);", "a.indexOf(1)"],
    "a regular expression that backtracks": [
      "const z = /^(a+)+$/.test(`${'a'.repeat(50)}b`);",
      "/^(a+)+$/.test(`${'a'.repeat(50)}b`)",
    ],
    "a caught interruption": [
      "function f(): void { try { for (;;); } catch { f(); } finally { f(); } }\nf();",
      "for (;;)",
    ],
  };
  for (const [name, [text, place]] of Object.entries(cases)) {
    it(`is stopped and shown: ${name}`, async () => {
      expect(await blamed(text)).toEqual([`deadline-exceeded @ ${place}`]);
    });
  }
});

// On a fast machine big integers reach the interpreter's limit for their size before the deadline.
describe("big integers", () => {
  it.each([
    ["const z = 3n ** 9000000n;", "3n ** 9000000n"],
    ["let z = 3n ** 1000n;\nfor (let i = 0; i < 40; i++) z = z * z;", "z * z"],
    ["let z = 3n;\nfor (;;) z *= z;", "z *= z"],
    ["let z = 3n;\nfor (;;) z <<= 99999n;", "z <<= 99999n"],
  ])("are stopped and shown: %s", async (text, place) => {
    const [problem] = await blamed(text);
    expect(["deadline-exceeded", "out-of-memory"].map((code) => `${code} @ ${place}`)).toContain(problem);
  });
});

describe("a program that wants too much memory", () => {
  const cases: Record<string, readonly [text: string, place: string]> = {
    "ten gigabytes": ["const z = new Uint8Array(1e10);", "new Uint8Array(1e10)"],
    "a hundred megabytes": ["const z = new Uint8Array(1e8);", "new Uint8Array(1e8)"],
    "a long string": ["const z = 'x'.repeat(1e10);", "'x'.repeat(1e10)"],
    "a string that doubles": ["let s = 'x';\nfor (;;) s += s;", "s += s"],
    "a list of buffers": ["const z: unknown[] = [];\nfor (;;) z.push(new Uint8Array(1e6));", "new Uint8Array(1e6)"],
  };
  for (const [name, [text, place]] of Object.entries(cases)) {
    it(`is shown where it asks: ${name}`, async () => {
      expect(await blamed(text, ample)).toEqual([`out-of-memory @ ${place}`]);
    });
  }
});

describe("a program that goes too deep", () => {
  const cases: Record<string, readonly [text: string, place: string]> = {
    recursion: ["function down(n: number): number { return down(n + 1) + 1; }\ndown(0);", "down(n + 1)"],
    "recursion through map": [
      "function down(x: unknown): unknown { return [x].map(down); }\ndown(0);",
      "[x].map(down)",
    ],
    "a conversion of itself": ["const o: any = { toString() { return String(this); } };\nString(o);", "String(this)"],
    "nested JSON": ["const z = JSON.parse('['.repeat(1e5));", "JSON.parse('['.repeat(1e5))"],
    "nested source": ["const z = eval('('.repeat(1e5));", "eval('('.repeat(1e5))"],
  };
  for (const [name, [text, place]] of Object.entries(cases)) {
    it(`is shown at the call: ${name}`, async () => {
      expect(await blamed(text, ample)).toEqual([`stack-overflow @ ${place}`]);
    });
  }

  it("has room for a thousand nested calls", async () => {
    const text = `${imports}const down = (x: unknown, n: number): unknown => (n === 0 ? layer(x, "deep") : down(x, n - 1));
      export default defineModel({ forward: (x) => down(x, 1000) });`;
    const { definition } = await sandbox.evaluate(text);
    expect(definition?.graph.layers[0]?.origin?.calls).toHaveLength(1003);
  });
});

describe("a program that tampers with what it runs in", () => {
  it("cannot replace the marks, and hurts only itself", async () => {
    expect(await blamed("(globalThis as any).__quantlens = 5;")).toEqual([
      `model-throws @ (globalThis as any).__quantlens`,
    ]);
    const text = `${imports}Object.freeze = Array.prototype.includes = JSON.stringify = JSON.parse = (() => { throw 1; }) as any;
      Object.prototype.toJSON = () => 5;
      Object.defineProperty(Object.prototype, "then", { get() { for (;;); } });
      export default defineModel({ forward: (x) => x });`;
    expect((await sandbox.evaluate(text, {}, limits)).definition).toBeDefined();
  });

  it("has no way to the host", async () => {
    const text = `${imports}const names = Object.getOwnPropertyNames(globalThis).filter((name) => /require|process|fetch|Worker|WebAssembly|os|std|quantlensNote|Tools/.test(name));
      export default defineModel({ value: [names, typeof ({}).constructor.constructor("return this.process")()] });`;
    const { definition } = await sandbox.evaluate(text);
    expect(definition?.recipe[0]?.options).toEqual({ value: [[], "undefined"] });
  });

  it("leaves nothing behind for the next one", async () => {
    await sandbox.evaluate(
      `${imports}(globalThis as any).left = 1; Array.prototype.map = undefined as any; export default defineModel();`,
    );
    const { definition } = await sandbox.evaluate(
      `${imports}export default defineModel({ value: [typeof (globalThis as any).left, [1].map((x) => x + 1)] });`,
    );
    expect(definition?.recipe[0]?.options).toEqual({ value: ["undefined", [2]] });
  });
});
