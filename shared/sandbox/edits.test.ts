/** Fixes in terms of layers, applied to the text. */
import { describe, expect, it } from "vitest";
import type { Origin } from "../graph/graph.js";
import type { SourceEdit } from "../problems.js";
import { textEdits } from "./edits.js";
import { smallSandbox, told } from "./testing/small.js";

const sandbox = smallSandbox();
const header =
  'import { defineModel, layer } from "quantlens";\nconst int = (bits: number, o = {}) => ({ bits, ...o });\n';

/** The edited text of the entry file without its header, or `undefined` if the edits cannot be made. */
async function edited(
  text: string,
  edits: (origins: readonly Origin[]) => readonly SourceEdit[],
  before = header,
): Promise<string | undefined> {
  const evaluation = await sandbox.evaluate(before + text);
  expect(told(evaluation)).toEqual([]);
  const origins = (evaluation.definition?.graph.layers ?? []).flatMap(({ origin }) => origin ?? []);
  const made = textEdits(evaluation.program!, edits(origins));
  if (made === undefined) return undefined;
  let result = before + text;
  for (const { start, end, newText } of made.toReversed())
    result = result.slice(0, start) + newText + result.slice(end);
  return result.startsWith(before) ? result.slice(before.length) : result;
}

const model = (body: string) => `export default defineModel({ forward(x: any) { ${body} } });`;

/** One edit of the first layer in a `forward` with this body. */
async function change(body: string, edit: (origin: Origin) => SourceEdit): Promise<string | undefined> {
  const text = await edited(model(body), ([origin]) => [edit(origin!)]);
  return text?.slice(model("").indexOf(" }"), -" } });".length).trim();
}

const set =
  (path: readonly (string | number)[], text: string) =>
  (origin: Origin): SourceEdit => ({ kind: "setOption", origin, path, text });

const remove =
  (name: string) =>
  (origin: Origin): readonly SourceEdit[] => [{ kind: "removeOption", origin, path: [name] }];

describe("setOption", () => {
  it("replaces what is there", async () => {
    expect(await change('layer(x, "", { bias: true, a: 1 });', set(["bias"], "false"))).toBe(
      'layer(x, "", { bias: false, a: 1 });',
    );
    expect(await change('layer(x, "", { q: int(6) as any });', set(["q"], "int(4)"))).toBe(
      'layer(x, "", { q: int(4) as any });',
    );
    expect(await change('layer(x, "", { q: int(6, { narrow: true }) });', set(["q", 0], "4"))).toBe(
      'layer(x, "", { q: int(4, { narrow: true }) });',
    );
    expect(await change('layer(x, "", { q: int(6, { narrow: true }) });', set(["q", "narrow"], "false"))).toBe(
      'layer(x, "", { q: int(6, { narrow: false }) });',
    );
    expect(await change('const bias = true; layer(x, "", { bias });', set(["bias"], "false"))).toBe(
      'const bias = true; layer(x, "", { bias: false });',
    );
    expect(await change('layer(x, "", { f() { return 1; } });', set(["f"], "2"))).toBe('layer(x, "", { f: 2 });');
    expect(await change('layer(x, "name");', set([1], '"other"'))).toBe('layer(x, "other");');
  });

  it("puts a number where the number is written", async () => {
    expect(await change('const bits = 6; layer(x, "", { q: int(bits) });', set(["q", 0], "4"))).toBe(
      'const bits = 4; layer(x, "", { q: int(bits) });',
    );
    expect(await change('for (const b of [{ q: 6 }]) layer(x, "", { ...b });', set(["q"], "5"))).toBe(
      'for (const b of [{ q: 5 }]) layer(x, "", { ...b });',
    );
    expect(await change('for (const b of [{ q: 6 }]) layer(x, "", { q: b.q });', set(["q"], "other"))).toBe(
      'for (const b of [{ q: 6 }]) layer(x, "", { q: other });',
    );
  });

  it("adds what is not there, in the style of what is", async () => {
    expect(await change('layer(x, "", { a: 1 });', set(["q"], "2"))).toBe('layer(x, "", { a: 1, q: 2 });');
    expect(await change('layer(x, "", { a: 1, });', set(["q"], "2"))).toBe('layer(x, "", { a: 1, q: 2, });');
    expect(await change('layer(x, "", {});', set(["q"], "2"))).toBe('layer(x, "", { q: 2 });');
    expect(await change('layer(x, "", {\n  a: 1,\n  b: 2,\n});', set(["q"], "3"))).toBe(
      'layer(x, "", {\n  a: 1,\n  b: 2,\n  q: 3,\n});',
    );
    expect(await change('layer(x, "", {\n  a: 1,\n  ...{ b: 2 }\n});', set(["q"], "3"))).toBe(
      'layer(x, "", {\n  a: 1,\n  ...{ b: 2 },\n  q: 3\n});',
    );
    expect(await change('layer(x, "");', set(["q"], "2"))).toBe('layer(x, "", { q: 2 });');
    expect(await change("layer(x);", set([1], '"n"'))).toBe('layer(x, "n");');
    expect(await change('layer(x, "", { q: int(6) });', set(["q", "narrow"], "true"))).toBe(
      'layer(x, "", { q: int(6, { narrow: true }) });',
    );
    expect(await change('layer(x, "", { q: { a: 1 } });', set(["q", "b"], "2"))).toBe(
      'layer(x, "", { q: { a: 1, b: 2 } });',
    );
    expect(await change('layer(x, "");', set(["q", "b"], "2"))).toBe('layer(x, "", { q: { b: 2 } });');
    expect(await change('const o = { a: 1 }; layer(x, "", o);', set(["q"], "2"))).toBe(
      'const o = { a: 1, q: 2 }; layer(x, "", o);',
    );
  });

  it("adds behind the parentheses and types of what is there", async () => {
    expect(await change('layer((x as any), ("n" as string));', set(["q"], "2"))).toBe(
      'layer((x as any), ("n" as string), { q: 2 });',
    );
    expect(await change("layer(x!);", set(["q"], "2"))).toBe("layer(x!, { q: 2 });");
    expect(await change('layer(x, "", { ...(x as object) });', set(["q"], "2"))).toBe(
      'layer(x, "", { ...(x as object), q: 2 });',
    );
    expect(await change('layer(x, "", ({ a: 1 } as any));', set(["q"], "2"))).toBe(
      'layer(x, "", ({ a: 1, q: 2 } as any));',
    );
  });

  it("cannot add an argument behind one that is missing", async () => {
    expect(await change("layer(x);", set([3], "1"))).toBeUndefined();
  });
});

describe("the other edits", () => {
  it("remove an option with its comma and its line", async () => {
    const remove = (origin: Origin): SourceEdit => ({ kind: "removeOption", origin, path: ["q"] });
    expect(await change('layer(x, "", { q: 1, a: 1 });', remove)).toBe('layer(x, "", { a: 1 });');
    expect(await change('layer(x, "", { a: 1, q: 1 });', remove)).toBe('layer(x, "", { a: 1 });');
    expect(await change('layer(x, "", { q: 1 });', remove)).toBe('layer(x, "");');
    expect(await change('layer(x, "", {\n  q: 1,\n});', remove)).toBe('layer(x, "");');
    expect(await change('layer(\n  x,\n  "",\n  { q: 1, },\n);', remove)).toBe('layer(\n  x,\n  "",\n);');
    expect(await change('const o = { q: 1, }; layer(x, "", o);', remove)).toBe('const o = {}; layer(x, "", o);');
    expect(await change('layer(x, "", {\n  a: 1,\n  q: 1,\n  b: 1,\n});', remove)).toBe(
      'layer(x, "", {\n  a: 1,\n  b: 1,\n});',
    );
    expect(await change('layer(x, "", {\n  a: 1,\n  q: 1\n});', remove)).toBe('layer(x, "", {\n  a: 1\n});');
    expect(await change('for (const b of [{ q: 1, a: 1 }]) layer(x, "", b);', remove)).toBe(
      'for (const b of [{ a: 1 }]) layer(x, "", b);',
    );
    expect(await change('layer(x, "", { a: 1 });', remove)).toBeUndefined();
  });

  it("wrap, unwrap and rename calls", async () => {
    expect(
      await change("return layer(x);", (origin) => ({ kind: "wrapCall", origin, before: "relu(", after: ")" })),
    ).toBe("return relu(layer(x));");
    expect(
      await change('layer(x, "n");', (origin) => ({
        kind: "wrapArgument",
        origin,
        argument: 0,
        before: "quant(",
        after: ", 8)",
      })),
    ).toBe('layer(quant(x, 8), "n");');
    expect(
      await change("return layer(x /* kept */, 1);", (origin) => ({ kind: "unwrapCall", origin, argument: 0 })),
    ).toBe("return x;");
    expect(await change("layer((x ?? 1)).channels;", (origin) => ({ kind: "unwrapCall", origin, argument: 0 }))).toBe(
      "(x ?? 1).channels;",
    );
    expect(
      await change("layer((x as any));", (origin) => ({
        kind: "wrapArgument",
        origin,
        argument: 0,
        before: "quant(",
        after: ", 8)",
      })),
    ).toBe("layer(quant((x as any), 8));");
    expect(await change("layer(x);", (origin) => ({ kind: "replaceCallee", origin, text: "other" }))).toBe("other(x);");
    expect(await change("layer(x);", (origin) => ({ kind: "unwrapCall", origin, argument: 4 }))).toBeUndefined();
  });

  it("set properties of the model", async () => {
    const text = "export default defineModel({ value: 1 });";
    const one = (path: readonly string[], value: string) =>
      edited(text, () => [{ kind: "setModelProperty", path, text: value }]);
    expect(await one(["value"], "2")).toBe("export default defineModel({ value: 2 });");
    expect(await one(["budget", "score"], "0.1")).toBe(
      "export default defineModel({ value: 1, budget: { score: 0.1 } });",
    );
    expect(
      await edited("export default defineModel();", () => [{ kind: "setModelProperty", path: ["value"], text: "1" }]),
    ).toBe("export default defineModel({ value: 1 });");
  });

  it("import what is not imported yet", async () => {
    const ensure: SourceEdit = { kind: "ensureImport", names: ["layer", "int", "uint"] };
    const imported = async (before: string) =>
      (await edited("export default defineModel();", () => [ensure], before))?.replace(
        "export default defineModel();",
        "",
      );
    expect(await imported('import { defineModel } from "quantlens";\n')).toBe(
      'import { defineModel, layer, int, uint } from "quantlens";\n',
    );
    expect(await imported('import { defineModel, layer, } from "quantlens";\n')).toBe(
      'import { defineModel, layer, int, uint, } from "quantlens";\n',
    );
    expect(
      await imported('import {} from "quantlens";\nimport * as q from "quantlens";\nconst { defineModel } = q;\n'),
    ).toBe(
      'import { layer, int, uint } from "quantlens";\nimport * as q from "quantlens";\nconst { defineModel } = q;\n',
    );
    expect(
      await imported(
        'import type { Tensor } from "quantlens";\nimport { defineModel } from "quantlens";\nimport { int } from "quantlens";\n',
      ),
    ).toBe(
      'import type { Tensor } from "quantlens";\nimport { defineModel, layer, uint } from "quantlens";\nimport { int } from "quantlens";\n',
    );
    expect(await imported('// head\nimport * as q from "quantlens";\nconst { defineModel } = q;\n')).toBe(
      '// head\nimport { layer, int, uint } from "quantlens";\nimport * as q from "quantlens";\nconst { defineModel } = q;\n',
    );
  });
});

describe("several edits", () => {
  it("are made once where several layers share a place", async () => {
    const text = model("for (const b of [1, 2]) layer(x, b, { q: 6 });");
    expect(await edited(text, (origins) => origins.map(set(["q"], "4")))).toBe(text.replace("q: 6", "q: 4"));
  });

  it("do not each add an argument to the same call", async () => {
    const text = model("layer(x);");
    const both = (q: string, r: string) => edited(text, ([origin]) => [set([q], "1")(origin!), set([r], "1")(origin!)]);
    expect(await both("q", "r")).toBeUndefined();
    expect(await both("q", "q")).toBe(text.replace("layer(x)", "layer(x, { q: 1 })"));
  });

  it("import names where they are used, each once", async () => {
    const files = {
      "/a/helper.ts": 'import { layer } from "quantlens";\nexport const help = (x: any) => layer(x, "h");\n',
    };
    const evaluation = await sandbox.evaluate(
      `import { defineModel, layer } from "quantlens";\nimport { help } from "./helper.js";\nexport default defineModel({ forward: (x: any) => help(layer(x)) });`,
      files,
    );
    expect(told(evaluation)).toEqual([]);
    const origins = (evaluation.definition?.graph.layers ?? []).flatMap(({ origin }) => origin ?? []);
    const wrapped = origins.flatMap((origin): SourceEdit[] => [
      { kind: "wrapCall", origin, before: "f(", after: ", int(8))" },
      { kind: "ensureImport", names: ["f"] },
      { kind: "ensureImport", names: ["f", "int"] },
    ]);
    const inserted = (textEdits(evaluation.program!, wrapped) ?? []).map(({ file, newText }) => `${file}: ${newText}`);
    expect(inserted).toEqual([
      "/a/helper.ts: , f, int",
      "/a/helper.ts: f(",
      "/a/helper.ts: , int(8))",
      "/a/m.ts: , f, int",
      "/a/m.ts: f(",
      "/a/m.ts: , int(8))",
    ]);
  });

  it.each<[string, string, (origin: Origin) => readonly SourceEdit[]]>([
    ["a new property", "layer(x, '', {\n  a: 1,\n  b: 2,\n});", (origin) => [set(["q"], "4")(origin)]],
    ["a new property behind the last", "layer(x, '', {\n  a: 1,\n  b: 2\n});", (origin) => [set(["q"], "4")(origin)]],
    ["no first property", "layer(x, '', {\n  a: 1,\n  b: 2,\n});", remove("a")],
    ["no last property", "layer(x, '', {\n  a: 1,\n  b: 2\n});", remove("b")],
    ["no properties", "layer(x, '', {\n  a: 1,\n});", remove("a")],
    ["a new import", "layer(x);", () => [{ kind: "ensureImport", names: ["int"] }]],
    ["a new last element", "layer(x);", () => [{ kind: "appendToModelList", path: ["value"], text: "5" }]],
  ])("keep the line endings of the file: %s", async (_name, body, edits) => {
    const before = 'import * as q from "quantlens";\nconst { layer } = q;\n';
    const text = `export default q.defineModel({\n  value: [\n    1,\n    2,\n  ],\n  forward(x: any) {\n${body}\n  },\n});\n`;
    const crlf = (lines: string) => lines.replaceAll("\n", "\r\n");
    const lf = await edited(text, ([origin]) => edits(origin!), before);
    expect(lf).not.toBe(text);
    expect(await edited(crlf(text), ([origin]) => edits(origin!), crlf(before))).toBe(crlf(lf!));
  });

  it("may touch each other but not overlap", async () => {
    const text = model('layer(x, "", { q: int(6) });');
    const both = await edited(text, ([origin]) => [
      { kind: "wrapCall", origin: origin!, before: "f(", after: ")" },
      { kind: "setOption", origin: origin!, path: ["q", 0], text: "4" },
      { kind: "ensureImport", names: ["f"] },
    ]);
    expect(both).toContain('import { defineModel, layer, f } from "quantlens";');
    expect(both).toContain('f(layer(x, "", { q: int(4) }))');
    expect(
      await edited(text, ([origin]) => [
        { kind: "setOption", origin: origin!, path: ["q"], text: "1" },
        { kind: "setOption", origin: origin!, path: ["q", 0], text: "4" },
      ]),
    ).toBeUndefined();
  });
});
