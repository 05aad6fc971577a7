/** Following imports: what is found where, what is refused, and the tables of the files. */
import { describe, expect, it } from "vitest";
import { memoryHost } from "../testing/sandbox.js";
import { calleeNames } from "./callee-names.js";
import { markProgram } from "./evaluate.js";
import { chains, imports, smallSandbox, told } from "./testing/small.js";

const sandbox = smallSandbox();

/** The value that a program with these files gives to `defineModel`. */
async function value(text: string, files: Readonly<Record<string, string>>): Promise<unknown> {
  const evaluation = await sandbox.evaluate(text, files);
  expect(told(evaluation)).toEqual([]);
  return evaluation.definition?.recipe[0]?.options.value;
}

const use = (specifier: string) =>
  `${imports}import { v } from "${specifier}";\nexport default defineModel({ value: v });`;
const v = (n: number) => `export const v = ${n};`;

describe("imports", () => {
  it("find TypeScript behind its JavaScript name, without an ending, and as a folder", async () => {
    expect(await value(use("./x.js"), { "/a/x.ts": v(1), "/a/x.js": v(2) })).toBe(1);
    expect(await value(use("./x.js"), { "/a/x.js": v(2) })).toBe(2);
    expect(await value(use("./x.mjs"), { "/a/x.mts": v(3) })).toBe(3);
    expect(await value(use("./x"), { "/a/x.ts": v(4) })).toBe(4);
    expect(await value(use("./x"), { "/a/x/index.ts": v(5) })).toBe(5);
    expect(await value(use("../b/x.ts"), { "/b/x.ts": v(6) })).toBe(6);
  });

  it("may be renamed, spread, exported again, for their effect, dynamic and in circles", async () => {
    const files = {
      "/a/one.ts":
        "export { two as second } from './two.js'; export * from './two.js'; export * as all from './two.js'; export default function () { return 'one'; }",
      "/a/two.ts":
        "import './effect.js'; import { late } from './three.js'; export const two = 2; export const get = () => late + two;",
      "/a/three.ts": "import { two } from './two.js'; export const late = 3; export const check = () => two;",
      "/a/effect.js": "globalThis.effect = [1].map((x) => x + 1);",
    };
    const text = `${imports}import one, { second, two, get, all } from "./one.js";\nimport * as three from "./three.js";
      const four = await import("./four.js");
      export default defineModel({ value: [one(), second, two, get(), all.two, three.check(), (globalThis as any).effect, four.default] });`;
    expect(await value(text, { ...files, "/a/four.ts": "export default 4;" })).toEqual(["one", 2, 2, 5, 2, 2, [2], 4]);
  });

  it("in a circle let a function be called before its file has run, as in JavaScript", async () => {
    const evaluation = await sandbox.evaluate(
      `${imports}import { outer } from "./outer.js";
export function inner(x: any) { return layer([x].map((y) => y)[0], "inner"); }
export default defineModel({ forward: (x: any) => outer(x) });`,
      {
        "/a/outer.ts": `import { layer } from "quantlens";\nimport { inner } from "./m.js";
export const early = inner({ q: 1 });\nexport const outer = (x: any) => layer(inner(x), "outer");`,
      },
    );
    expect(told(evaluation)).toEqual([]);
    expect(chains(evaluation).slice(-2)).toEqual([
      "inner: defineModel > outer > inner > layer",
      "outer: defineModel > outer > layer",
    ]);
  });

  it("in a circle show errors where they are, also in files that go through the emitter", async () => {
    const text = (statement: string) =>
      `${imports}import { outer } from "./outer.js"; enum E { A } ${statement}\nexport function inner() { return [E.A]; }\nexport default defineModel({ value: outer() });`;
    const files = {
      "/a/outer.ts": 'import { inner } from "./m.js"; export const outer = () => (undefined as any).foo ?? inner();',
    };
    const at = "model-throws: TypeError: cannot read property 'foo' of undefined @ (undefined as any).foo";
    expect(told(await sandbox.evaluate(text("outer();"), files))).toEqual([`${at} in /a/outer.ts`]);
    expect(told(await sandbox.evaluate(text("layer((undefined as any).foo);"), files))).toEqual([at]);
  });

  it("of a name that is imported already are shown at the second", async () => {
    const model = `${imports}export default defineModel();\n`;
    const twice = await sandbox.evaluate(model + model);
    expect(told(twice)).toEqual([
      "syntax-error: `defineModel` is imported a second time: remove one of the imports. @ defineModel",
    ]);
    expect(twice.problems[0]?.target).toMatchObject({ start: (model + model).lastIndexOf("{ defineModel, layer") + 2 });
  });

  it("of types alone need no file", async () => {
    const text = `${imports}import type { A } from "./nowhere.js";\nimport { type B } from "./nowhere.js";\nimport { C } from "lodash";\nexport type { D } from "./nowhere.js";
      import type fs from "node:fs";\nconst f = (a: A, b: B, c: C, d: typeof fs) => 1;\ninterface Local { x: 1 }\nexport { Local };\nexport { f, type A };\nexport default defineModel({ value: f.length });`;
    expect(await value(text, {})).toBe(4);
  });

  it("of types are also left out of files that go through the emitter", async () => {
    const text = `${imports}import { A } from "./nowhere.js";\nimport { v } from "./x.js";\nenum E { One = 1 }\nexport default defineModel({ value: [v as A, E.One] });`;
    expect(await value(text, { "/a/x.ts": v(1) })).toEqual([1, 1]);
  });

  it("of JSON give its value, `__proto__` included", async () => {
    const text = `${imports}import a from "./a.json" with { type: "json" };\nimport b from "./b.json";\nexport default defineModel({ value: [a, Object.keys(b)] });`;
    expect(
      await value(text, {
        "/a/a.json": '\uFEFF[1, {"x": [true, null, -2.5e3, "\\u00e9\u2028"]}]',
        "/a/b.json": '\uFEFF{"__proto__": 1}',
      }),
    ).toEqual([[1, { x: [true, null, -2500, "é\u2028"] }], ["__proto__"]]);
  });

  it("of anything else are refused at the specifier", async () => {
    const refused = async (specifier: string) =>
      told(await sandbox.evaluate(`${imports}import "${specifier}";\nexport default defineModel();`));
    for (const specifier of [
      "fs",
      "node:fs",
      "lodash",
      "https://example.org/x.js",
      "/etc/passwd",
      "file:///etc/passwd",
      "quantlens/secret",
      "#internal",
      "",
    ]) {
      expect(await refused(specifier)).toEqual([
        `import-not-allowed: "${specifier}" cannot be imported: a model file may import "quantlens" and relative .ts, .js and .json files, nothing else. @ "${specifier}"`,
      ]);
    }
    expect(await refused(".\\\\x.js")).toEqual([
      'import-not-allowed: ".\\x.js" cannot be imported: write "./x.js", with / on every system. @ ".\\\\x.js"',
    ]);
    expect(await refused("./gone.js")).toEqual([
      'import-not-found: There is no file for "./gone.js": create it or correct the path. @ "./gone.js"',
    ]);
    expect(told(await sandbox.evaluate(`${imports}await import("fs");\nexport default defineModel();`))).toEqual([
      expect.stringMatching(/^import-not-allowed: .* @ "fs"$/),
    ]);
    expect(
      told(
        await sandbox.evaluate(`${imports}const name = "./x.js";\nawait import(name);\nexport default defineModel();`),
      ),
    ).toEqual([expect.stringMatching(/^model-throws: .*cannot be imported/)]);
  });

  it("of a name that is not there are shown at the name", async () => {
    expect(
      told(
        await sandbox.evaluate(
          `import { defineModel, nothing as n } from "quantlens";\nn();\nexport default defineModel();`,
        ),
      ),
    ).toEqual([
      'import-not-found: "quantlens" exports no `nothing`: correct the name, or write `type nothing` if it is a type. @ nothing as n',
    ]);
    expect(told(await sandbox.evaluate(use("./x.js"), { "/a/x.ts": "export const w = 1;" }))).toEqual([
      'import-not-found: "./x.js" exports no `v`: correct the name, or write `type v` if it is a type. @ v',
    ]);
  });

  it("of a name that is passed on in vain are shown where it is passed on", async () => {
    const files = { "/a/x.ts": "export const w = 1;", "/a/all.ts": "export { w, gone as v } from './x.js';" };
    const missing =
      'import-not-found: "./x.js" exports no `gone`: correct the name, or write `type gone` if it is a type. @ gone';
    expect(told(await sandbox.evaluate(use("./all.js"), files))).toEqual([`${missing} as v in /a/all.ts`]);
    const own = `${imports}export { gone } from "./x.js";\nexport default defineModel();`;
    expect(told(await sandbox.evaluate(own, files))).toEqual([missing]);
  });

  it("of a name that is passed on in a circle, or that two files have, are shown at the name", async () => {
    const circle = { "/a/x.ts": "export { v } from './y.js';", "/a/y.ts": "export { v } from './x.js';" };
    expect(told(await sandbox.evaluate(use("./x.js"), circle))).toEqual([
      'import-not-found: "./y.js" passes `v` on in a circle in which no file has it: export it where it is made. @ v in /a/x.ts',
    ]);
    const two = { "/a/x.ts": v(1), "/a/y.ts": v(2), "/a/all.ts": "export * from './x.js'; export * from './y.js';" };
    expect(told(await sandbox.evaluate(use("./all.js"), two))).toEqual([
      'import-not-found: "./all.js" has `v` from several files by `export *`: import it from the one that is meant. @ v',
    ]);
  });

  it("of a file with an error show the error there", async () => {
    expect(told(await sandbox.evaluate(use("./x.js"), { "/a/x.ts": "export const v = ;" }))).toEqual([
      "syntax-error: Expression expected. @ ; in /a/x.ts",
    ]);
    expect(
      told(
        await sandbox.evaluate(`${imports}import a from "./a.json";\nexport default defineModel({ value: a });`, {
          "/a/a.json": "[1, 2,]",
        }),
      ),
    ).toEqual([expect.stringMatching(/^syntax-error: .* in \/a\/a.json$/)]);
    expect(
      told(
        await sandbox.evaluate(`${imports}import a from "./a.json";\nexport default defineModel({ value: a });`, {
          "/a/a.json": "",
        }),
      ),
    ).toEqual([expect.stringMatching(/^syntax-error: .* in \/a\/a.json$/)]);
  });
});

describe("markProgram", () => {
  const host = (files: Readonly<Record<string, string>>) => memoryHost(files, sandbox.runner);

  it("lists every file that was looked for", async () => {
    const { dependencies } = await markProgram(
      "/a/m.ts",
      host({ "/a/m.ts": 'import "./x.js"; import "./y"; import "./z.json";', "/a/x.js": "" }),
    );
    expect(dependencies).toEqual([
      "/a/m.ts",
      "/a/x.ts",
      "/a/x.js",
      "/a/y.ts",
      "/a/y.js",
      "/a/y/index.ts",
      "/a/y/index.js",
      "/a/z.json",
    ]);
  });

  it("says that a file is not there, or too large", async () => {
    expect((await markProgram("/a/m.ts", host({}))).problems.map(({ code }) => code)).toEqual(["file-not-found"]);
    const { problems } = await markProgram("/a/m.ts", host({ "/a/m.ts": `// ${"x".repeat(1_000_000)}` }));
    expect(problems).toMatchObject([
      { code: "file-too-large", message: "m.ts is longer than 1000000 characters: make it smaller." },
    ]);
  });

  it("writes resolved paths into the code", async () => {
    const { modules } = await markProgram(
      "/a/m.ts",
      host({ "/a/m.ts": 'import { q } from "quantlens"; import "./x.js"; q();', "/a/x.ts": "" }),
    );
    expect(modules.map(({ path }) => path)).toEqual(["/a/m.ts", "/a/x.ts"]);
    expect(modules[0]?.code).toMatch(/import \{q\} from "quantlens"; *import +"\/a\/x.ts" *;/);
  });

  it("gives a file the same ids as long as nothing before it changes", async () => {
    const files: Record<string, string> = { "/a/m.ts": 'import "./x.js"; f();', "/a/x.ts": "g();" };
    const one = host(files);
    const ids = async () =>
      [...(await markProgram("/a/m.ts", one)).program.calls.values()].map(({ id, callee }) => [id, callee]);
    const before = await ids();
    expect(before).toEqual([
      [1, "f"],
      [2 ** 20 + 1, "g"],
    ]);
    files["/a/m.ts"] = 'import "./x.js"; f(); h();';
    expect(await ids()).toEqual([
      [1, "f"],
      [2, "h"],
      [2 ** 20 + 1, "g"],
    ]);
  });
});

describe("the tables", () => {
  const source = `#!/usr/bin/env node
// A model.
import { defineModel, layer } from "quantlens";
// quantlens-disable-next-line one, two -- because
const table = [{ k: 1 }];
class Net { block(x: any) { return layer(x); /* quantlens-disable-line */ } }
const arrow = (x: any) => new Net().block(x); // quantlens-disable-line
export default defineModel({ forward: (x: any) => table.map((r) => arrow(x)) });
`;

  it("have exact ranges, callees and enclosing functions", async () => {
    const evaluation = await sandbox.evaluate(source);
    expect(told(evaluation)).toEqual([]);
    const program = evaluation.program!;
    const slice = ({ start, end }: { start: number; end: number }) => source.slice(start, end);
    expect(
      [...program.calls.values()].map((call) => [
        slice(call),
        call.callee,
        slice(call.calleeSpan),
        call.enclosing,
        call.args.map(slice),
      ]),
    ).toEqual([
      ["layer(x)", "layer", "layer", "block", ["x"]],
      ["new Net().block(x)", "new Net().block", "new Net().block", "arrow", ["x"]],
      ["new Net()", "Net", "Net", "arrow", []],
      [
        source.slice(source.indexOf("defineModel({"), -2),
        "defineModel",
        "defineModel",
        undefined,
        [source.slice(source.indexOf("{ forward"), -3)],
      ],
      ["table.map((r) => arrow(x))", "table.map", "table.map", "forward", ["(r) => arrow(x)"]],
      ["arrow(x)", "arrow", "arrow", "forward", ["x"]],
    ]);
    expect([...program.elements.values()].map((row) => [slice(row), row.index, row.arrayName])).toEqual([
      ["{ k: 1 }", 0, "table"],
    ]);
    expect(program.calls.get(program.modelCall!)?.callee).toBe("defineModel");
    expect(chains(evaluation)).toEqual([": defineModel > table.map > arrow > new Net().block > layer | { k: 1 }"]);
  });

  it("know comments that switch rules off, and where imports go", async () => {
    const file = (await sandbox.evaluate(source)).program!.files.get("/a/m.ts")!;
    expect([...file.disabled]).toEqual([
      [4, ["one", "two"]],
      [6, []],
    ]);
    expect(source.slice(file.importInsertAt)).toMatch(/^import \{ defineModel/);
    expect(source.slice(0, file.quantlensImport?.insertAt)).toMatch(/layer$/);
    expect(file.quantlensImport).toMatchObject({ names: ["defineModel", "layer"], typeOnly: false });
    expect(file.calls).toHaveLength(6);
  });

  it("find the model under another name", async () => {
    for (const text of [
      'import { defineModel as dm } from "quantlens"; export default dm();',
      'import * as q from "quantlens"; const model = q.defineModel(); export default model;',
    ]) {
      const { program } = await sandbox.evaluate(text);
      expect(program?.calls.get(program.modelCall!)?.callee).toMatch(/dm|q\.defineModel/);
    }
    expect(
      (await sandbox.evaluate("const defineModel = () => 1; export default defineModel();")).program?.modelCall,
    ).toBeUndefined();
  });

  it("say the names of functions that layers are named after", async () => {
    const files = {
      "/a/m.ts": `${imports}const o = { inner: () => layer(0) };
        import { helper } from "./helper.js";\nexport default defineModel({ forward: () => helper(o) });`,
      "/a/helper.ts": "export const helper = (o: any) => o['inner'] ? o.inner() : 0;",
    };
    const { definition } = await sandbox.evaluate(files["/a/m.ts"], files);
    const name = calleeNames((await markProgram("/a/m.ts", memoryHost(files, sandbox.runner))).modules);
    const [origin] = definition?.graph.layers.map((made) => made.origin?.calls) ?? [];
    expect(origin?.map(name)).toEqual(["defineModel", "helper", "inner", "layer"]);
    expect(name(0)).toBeUndefined();
  });
});
