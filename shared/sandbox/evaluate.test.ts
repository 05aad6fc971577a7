import { describe, expect, it } from "vitest";
import { chains, imports, smallSandbox, told } from "./testing/small.js";

const sandbox = smallSandbox();
const end = "\nexport default defineModel();";

/** What is told of a program that must fail. */
async function failure(text: string, files?: Readonly<Record<string, string>>): Promise<string[]> {
  const evaluation = await sandbox.evaluate(text, files);
  expect(evaluation.definition).toBeUndefined();
  return told(evaluation);
}

describe("evaluateModel", () => {
  it("gives back what the file exports, with the chain of each layer", async () => {
    const evaluation = await sandbox.evaluate(`${imports}
      const blocks = [{ k: 3 }, { k: 5 }] as const;
      function helper(x: unknown, b: { k: number }) { return layer(x, "k" + b.k); }
      export default defineModel({ forward(x) { for (const b of blocks) x = helper(x, b); return layer(x, "last"); } });`);
    expect(told(evaluation)).toEqual([]);
    expect(chains(evaluation)).toEqual([
      "k3: defineModel > helper > layer | { k: 3 }",
      "k5: defineModel > helper > layer | { k: 5 }",
      "last: defineModel > layer",
    ]);
    expect(evaluation.definition?.origin?.calls).toEqual([evaluation.program?.modelCall]);
  });

  it("calls the DSL's functions as they are written, and others of their names", async () => {
    const evaluation = await sandbox.evaluate(`${imports}
      function shadow(layer: (this: unknown, ...all: unknown[]) => unknown) {
        return [layer(), layer(1), layer(1, 2), layer(1, 2, 3), layer(...[1, 2, 3, 4])];
      }
      const counts = shadow(function (...all) { return [this === undefined, all.length]; });
      export default defineModel({
        value: counts,
        forward(x) {
          layer<number>(
            // the first argument
            1, /* the second one */ "a",
          );
          return layer(layer(x, "inner"), "outer", { bits: 5, });
        }
      });`);
    expect(told(evaluation)).toEqual([]);
    expect(chains(evaluation)).toEqual([
      "a: defineModel > layer",
      "inner: defineModel > layer",
      "outer: defineModel > layer",
    ]);
    const counts = [0, 1, 2, 3, 4].map((count) => [true, count]);
    expect(evaluation.definition?.recipe[0]?.options).toEqual({ value: counts });
  });

  it("passes parameters on", async () => {
    const { definition } = await sandbox.evaluate(imports + end, {}, { parameters: { bits: 5 } });
    expect(definition?.parameters).toEqual([{ name: "bits", value: 5, default: 5 }]);
  });

  it("gives the same result every time: the clock stands and the dice are loaded", async () => {
    const text = `${imports}const d = new Date(), e: any = new (Date as any)(2020, 1);
      export default defineModel({ value: [Math.random(), Math.random(), Date.now(), d.getTime(), d instanceof Date, Date(), e.getFullYear(), d.constructor === Date] });`;
    const [one, two] = await Promise.all([sandbox.evaluate(text), sandbox.evaluate(text)]);
    expect(one.definition?.recipe).toEqual(two.definition?.recipe);
    expect(one.definition?.recipe[0]).toMatchObject({
      options: {
        value: [
          expect.any(Number),
          expect.any(Number),
          1633046400000,
          1633046400000,
          true,
          expect.any(String),
          2020,
          true,
        ],
      },
    });
  });

  it("waits for a promise that settles", async () => {
    const { definition } = await sandbox.evaluate(
      `${imports}const five = await Promise.resolve(5);\nexport default await Promise.resolve(defineModel({ value: five }));`,
    );
    expect(definition?.recipe[0]?.options).toEqual({ value: 5 });
  });

  it("shows what the file prints where it prints it", async () => {
    const evaluation = await sandbox.evaluate(
      `${imports}for (let i = 0; i < 7; i++) console.log("i", { i });\nconst o: any = {}; o.o = o;\nconsole.warn(o, () => 1, new Error("e"), 5n);${end}`,
    );
    expect(told(evaluation)).toEqual([
      'console: i {"i":0} · i {"i":1} · i {"i":2} · i {"i":3} · i {"i":4} · ... (7 times) @ console.log("i", { i })',
      'console: [object Object] function  Error: e [object BigInt] @ console.warn(o, () => 1, new Error("e"), 5n)',
    ]);
    expect(evaluation.definition).toBeDefined();
  });
});

describe("a program that fails", () => {
  it("is shown at the throw, or at what a thrown value came from", async () => {
    expect(
      await failure(
        `${imports}function f(b: number) {\n  if (b > 2) throw new RangeError("too big");\n}\nf(1); f(3);${end}`,
      ),
    ).toEqual(['model-throws: RangeError: too big @ throw new RangeError("too big");']);
    expect(await failure(`${imports}function f(b: number) { if (b > 2) throw "too big"; }\nf(3);${end}`)).toEqual([
      'model-throws: Thrown: too big @ throw "too big";',
    ]);
    expect(
      await failure(
        `${imports}class Oops extends Error {\n  name = "Oops";\n  why = [1].map((x) => x);\n}\nfunction f() { throw new Oops("no"); }\ntry { f(); } catch {}\nf();${end}`,
      ),
    ).toEqual(['model-throws: Oops: no @ throw new Oops("no");']);
    expect(await failure(`${imports}try { throw new Error("caught"); } catch {}\nnull!.x;${end}`)).toEqual([
      expect.stringMatching(/^model-throws: TypeError: .* @ null!\.x$/),
    ]);
    expect(await failure(`${imports}throw 10n;`)).toEqual(["model-throws: Thrown: 10n @ throw 10n;"]);
    const [long] = await failure(`${imports}throw new Error("z".repeat(1e6));`);
    expect(long).toMatch(/^model-throws: Error: z{1000}… @ throw new Error/);
    expect(await failure(`${imports}throw null;`)).toEqual(["model-throws: Thrown: null @ throw null;"]);
    expect(await failure(`${imports}await Promise.reject(new Error("nope"));${end}`)).toEqual([
      'model-throws: Error: nope @ new Error("nope")',
    ]);
  });

  it("is shown at the expression that fails, wherever the line breaks and the wide characters are", async () => {
    const text = `${imports}const x: any = undefined;\nexport default defineModel({\n  forward: () => { const é = "𝒳é"; return layer(é, x\n    .channels); } });`;
    expect(await failure(text)).toEqual([
      "model-throws: TypeError: cannot read property 'channels' of undefined @ x .channels",
    ]);
    expect(await failure(`${imports}export default defineModel({ forward: () => layer(blokcs) });`)).toEqual([
      "model-throws: ReferenceError: 'blokcs' is not defined @ blokcs",
    ]);
  });

  it("is shown at the expression that fails, also on the line of an import", async () => {
    const files = { "/a/values.ts": "export const v: any = undefined;" };
    const at = "model-throws: TypeError: cannot read property 'foo' of undefined @";
    const from = 'import { v } from "./values.js";';
    expect(await failure(`${imports}${from} layer(v.foo.bar);${end}`, files)).toEqual([`${at} v.foo`]);
    expect(await failure(`import { defineModel, layer } from "quantlens"; ${from} layer(v.foo);${end}`, files)).toEqual(
      [`${at} v.foo`],
    );
    expect(await failure(`${imports}${from} enum E { A } layer(v.foo, E.A);${end}`, files)).toEqual([`${at} v.foo`]);
    expect(await failure(`${imports}layer(await import("./values.js"), (undefined as any).foo);${end}`, files)).toEqual(
      [`${at} (undefined as any).foo`],
    );
  });

  it.each([
    ["an assignment", "const a = 1;\nconst b = 2;\na = b + 1;", "a = b"],
    ["a step", "const a = 1;\na++;", "a++"],
    ["one in an argument", "const a: number = 1;\nlayer(1);\nlayer(a += 2);", "a +="],
    ["one in a function", "const a = 1;\nfunction f(b: number) {\n  a = b;\n}\nlayer(1);\nf(3);", "a = b"],
    ["one in a lambda", "const a = [1];\nlayer([1].map((q) => (a = [q])));", "a = [q]"],
    ["one in a pattern", "const a = 1;\nlet c = 2;\n({ c, a } = { c: 4, a: 5 });", "a } ="],
    ["one in a nested pattern", "const a = 1;\nlet c = 2;\n[c, { x: [a = 3] }] = [4, { x: [5] }];", "a = 3"],
    ["one by a loop", "const a = 1;\nfor (a of [1, 2]) layer(a);", "a of"],
    ["a loop's own", "for (const a = 0; a < 3; a++) layer(a);", "a++"],
    ["an import", 'import { a } from "./values.js";\nlayer(1);\na = 3;', "a = 3"],
    ["a function's name", "const f = function a() {\n  a = 3 as any;\n};\nf();", "a = 3"],
    ["a class's name", "class a {\n  static m() { a = 3 as any; }\n}\na.m();", "a = 3"],
    ["one in a file with an enum", "enum E { A }\nconst a = 1;\nlayer(a);\na = E.A;", "a = E"],
    ["one that is no other's", "const a = 1;\nfunction f(a: number) { a = 3; }\nf(1);\na = 2;", "a = 2"],
    ["one behind one that is left out", "const a = 1;\nif (a > 2) a = 4;\nlayer(a);\na = 2;\nlayer(a);", "a = 2"],
    ["a property that is frozen", "const o = Object.freeze({ a: 1 }) as any;\nlayer(1);\no.a = 2;", "o.a = 2"],
  ])("is shown where something is assigned in vain: %s", async (_name, statements, there) => {
    const text = `${imports}${statements}${end}`;
    const { problems } = await sandbox.evaluate(text, { "/a/values.ts": "export let a = 1;" });
    expect(problems).toMatchObject([{ message: "TypeError: 'a' is read-only" }]);
    const [target] = problems.map((problem) => problem.target);
    expect(target).toMatchObject({ kind: "range", file: "/a/m.ts", start: text.indexOf(there) });
  });

  it("is shown in a file that went through the emitter", async () => {
    expect(
      await failure(
        `${imports}enum E { A = 1, B }\nnamespace N {\n  export const f = () => { throw new Error(E[2]); };\n}\nN.f();${end}`,
      ),
    ).toEqual(["model-throws: Error: B @ throw new Error(E[2]);"]);
  });

  it("is shown in the helper module where it failed", async () => {
    expect(
      await failure(`import { helper } from "./helper.js";\nhelper();${end}`, {
        "/a/helper.ts": "export function helper(): never { throw new Error('inside'); }",
      }),
    ).toEqual(["model-throws: Error: inside @ throw new Error('inside'); in /a/helper.ts"]);
  });

  it("is told of every syntax error, the first one first, and still has tables", async () => {
    const evaluation = await sandbox.evaluate(`${imports}const a = layer(1);\nconst b = ;\nconst c = layer(2;`);
    expect(told(evaluation)).toEqual(["syntax-error: Expression expected. @ ;", "syntax-error: ')' expected. @ ;"]);
    expect([...(evaluation.program?.calls.values() ?? [])].map(({ callee }) => callee)).toEqual(["layer", "layer"]);
  });

  it("is told of errors that only the interpreter finds", async () => {
    expect(await failure(`${imports}const a = 1;\nconst a = 2;${end}`)).toEqual([
      "syntax-error: Invalid redefinition of global identifier. @ a = 2",
    ]);
  });

  it("is told to export a model", async () => {
    const message = "no-model: The file exports no model: write `export default defineModel({ ... })`. @ ";
    expect(await failure(`${imports}const m = defineModel();`)).toEqual([`${message}defineModel`]);
    expect(await failure("export default { name: 'x' };")).toEqual([message]);
    expect(await failure("export default 5;")).toEqual([message]);
    expect(await failure("const o: any = {}; o.o = o; export default o;")).toEqual([message]);
    expect(
      await failure(`${imports}const d: any = defineModel();\nexport default { ...d, get name() { return 5; } };`),
    ).toEqual([`${message}defineModel`]);
    expect(
      await failure(
        `${imports}const d: any = defineModel();\nexport default { ...d, graph: { ...d.graph, nodes: [7] } };`,
      ),
    ).toEqual([`${message}defineModel`]);
  });

  it("is told that nothing but the language is there", async () => {
    expect(await failure(`${imports}process.exit(1);${end}`)).toEqual([
      "model-throws: There is no `process` here: a model file has the language itself and what it imports, nothing else. @ process",
    ]);
    for (const name of ["require", "fetch", "setTimeout", "Buffer", "WebAssembly", "Worker"]) {
      const [problem] = await failure(`${imports}${name}("x" as any);${end}`);
      expect(problem).toMatch(/^model-throws: .* @ \w+$/);
    }
  });

  it("is told of an await that never ends", async () => {
    expect(
      await failure(`${imports}const f = async () => { await 1; };\nvoid f();\nawait new Promise(() => {});${end}`),
    ).toEqual([
      "never-settles: This `await` waits for something that never comes, since nothing outside the model can answer it: remove it. @ await new Promise(() => {})",
    ]);
  });
});
