/** Config rows: in whose turn a layer was made, for every way of going through an array. */
import { describe, expect, it } from "vitest";
import { imports, rowsOf, smallSandbox, told } from "./testing/small.js";

const sandbox = smallSandbox();
const blocks = "const blocks = [{ k: 1 }, { k: 2 }];";

/** Rows per layer of a program whose `forward` has this body. */
async function rows(body: string, before = blocks): Promise<string[]> {
  const evaluation = await sandbox.evaluate(
    `${imports}${before}\nexport default defineModel({ forward(x: any): any {\n${body}\n} });`,
  );
  expect(told(evaluation)).toEqual([]);
  return rowsOf(evaluation);
}

const each = ["{ k: 1 }", "{ k: 2 }"];

describe("config rows", () => {
  const loops: Record<string, string> = {
    "for-of": "for (const b of blocks) layer(x, b.k);",
    "for-of with destructuring": "for (const { k } of blocks) layer(x, k);",
    "for-of over entries()": "for (const [i, b] of blocks.entries()) layer(x, b.k + i);",
    "for-of over values()": "for (const b of blocks.values()) layer(x, b.k);",
    "for-of over Object.entries": "for (const [i, b] of Object.entries(blocks)) layer(x, i + b.k);",
    "for-of over Object.values": "for (const b of Object.values(blocks)) layer(x, b.k);",
    "for-of over a Set": "for (const b of new Set(blocks)) layer(x, b.k);",
    "for-of over a generator": "function* odd() { yield* blocks; } for (const b of odd()) layer(x, b.k);",
    "for-of over a generator with a loop":
      "function* odd() { for (const b of blocks) yield b.k; } for (const k of odd()) layer(x, k);",
    "for-of with break, continue and a label":
      "out: for (const b of [...blocks, ...blocks]) { for (;;) { if (b.k > 2) break out; layer(x, b.k); break; } if (b === blocks[1]) break; continue out; }",
    "for-of with a caught error":
      "for (const b of blocks) { try { throw b; } catch { layer(x, b.k); } finally { blocks.length; } }",
    "an index loop": "for (let i = 0; i < blocks.length; i++) layer(x, blocks[i]!.k);",
    "an index loop with a variable": "for (let i = 0; i < blocks.length; i++) { const b = blocks[i]!; layer(x, b.k); }",
    "an index loop that looks at its neighbours":
      "for (let i = 0; i < blocks.length; i++) { const before = blocks[i - 1]?.k, next = blocks[i + 1]?.k; const b = blocks[i]!; layer(x, [before, b.k, next]); }",
    "an index loop that looks back":
      "for (let i = 0; i < blocks.length; i++) { const before = i > 0 ? blocks[i - 1] : undefined; const { k } = blocks[i]!; layer(x, [before, k]); }",
    "a while loop": "let i = 0; while (i < blocks.length) { const b = blocks[i++]!; layer(x, b.k); }",
    "a do loop": "let i = 0; do layer(x, blocks[i]!.k); while (++i < blocks.length);",
    "for-in": "for (const i in blocks) layer(x, blocks[i]!.k);",
    "a queue":
      "const queue = [...blocks]; while (queue.length > 0) { const b = queue.shift()!; const go = (b: object) => layer(x); go(b); }",
    forEach: "blocks.forEach((b) => layer(x, b.k));",
    "forEach with the index alone": "blocks.forEach((_, i) => layer(x, i));",
    map: "blocks.map((b, i) => layer(x, b.k + i));",
    flatMap: "blocks.flatMap(({ k }) => layer(x, k));",
    "filter, some, every, find": "blocks.every((b) => layer(b));",
    reduce: "blocks.reduce((y, b) => layer(y, b.k), x);",
    "reduce without a start": "[{ k: 0 }, ...blocks].reduce((y, b) => { layer(x, b.k); return y; });",
    "Array.from": "Array.from(blocks, (b) => layer(x, b.k));",
    "Array.from with a length": "Array.from({ length: 2 }, (_, i) => layer(x, blocks[i]!.k));",
    "an array of indexes": "[0, 1].forEach((i) => layer(x, blocks[i]!.k));",
    "a row as an argument":
      "const go = (b: { k: number }, y: any) => layer(y, b.k); go(blocks[0]!, x); const second = blocks[1]!; go(second, x);",
    "recursion over an index":
      "const go = (y: any, i: number): any => { if (i === blocks.length) return y; const b = blocks[i]!; return go(layer(y, b.k), i + 1); }; return go(x, 0);",
    "recursion over the rest":
      "const go = (y: any, [head, ...rest]: typeof blocks): any => (head ? go(stage(y, head), rest) : y); const stage = (y: any, b: object) => layer(y); return go(x, blocks);",
    "a method":
      "class Net { stage(y: any, b: object) { return layer(y); } } const net = new Net(); for (const b of blocks) net.stage(x, b);",
    "a constructor":
      "class Stage { constructor(b: { k: number }) { layer(x, b.k); } } for (const b of blocks) new Stage(b);",
  };
  for (const [name, body] of Object.entries(loops)) {
    it(`are known in ${name}`, async () => {
      const found = await rows(body);
      expect(found.map((row) => row.split(" | ").at(-1))).toEqual(expect.arrayContaining(each));
      expect(
        found
          .filter((row) => row !== "")
          .map((row) => row.split(" | ").at(-1))
          .slice(-2),
      ).toEqual(each);
    });
  }

  const derived: Record<string, string> = {
    "a spread copy": "for (const b of [...blocks]) layer(x);",
    slice: "for (const b of blocks.slice()) layer(x);",
    filter: "for (const b of blocks.filter(({ k }) => k)) layer(x);",
    concat: "for (const b of blocks.slice(0, 1).concat(blocks.slice(1))) layer(x);",
    "reverse twice": "for (const b of blocks.toReversed().reverse()) layer(x);",
    sort: "for (const b of [...blocks].reverse().sort((a, b) => a.k - b.k)) layer(x);",
    "map to something new": "for (const { size } of blocks.map((b) => ({ size: b.k * 2 }))) layer(x, size);",
    "map to a number": "for (const k of blocks.map(({ k }) => k)) layer(x, k);",
    flat: "for (const b of [blocks].flat()) layer(x);",
    "Object.freeze": "for (const b of Object.freeze(blocks)) layer(x);",
    "a Map": "for (const [name, b] of new Map([['a', blocks[0]!], ['b', blocks[1]!]])) layer(x, name);",
  };
  for (const [name, body] of Object.entries(derived)) {
    it(`are known through ${name}`, async () => {
      expect((await rows(body)).map((row) => row.split(" | ").at(-1))).toEqual(each);
    });
  }

  it("may be numbers, strings and tuples, with `as const` and `satisfies`", async () => {
    expect(await rows("for (const c of [24, 48, 24]) layer(x, c);")).toEqual(["24", "48", "24"]);
    expect(await rows("sizes.forEach((c) => layer(x, c));", "const sizes = ['a', 'b'] as const;")).toEqual([
      "'a'",
      "'b'",
    ]);
    expect(
      await rows(
        "for (const [k, s] of pairs) layer(x, k + s);",
        "const pairs = [[3, 1], [5, 2]] satisfies [number, number][];",
      ),
    ).toEqual(["[3, 1]", "[5, 2]"]);
    expect(await rows("for (let i = 0; i < sizes.length; i++) layer(x, sizes[i]);", "const sizes = [8, 16];")).toEqual([
      "8",
      "16",
    ]);
    expect(await rows("for (const c of sizes.toReversed()) layer(x, c);", "const sizes = [8, 16];")).toEqual([
      "16",
      "8",
    ]);
  });

  it("are all listed when nested, outermost first", async () => {
    const before = "const stages = [{ name: 'a', layers: [{ k: 1 }, { k: 2 }] }, { name: 'b', layers: [{ k: 3 }] }];";
    const stage = (name: string, layers: string) => `{ name: '${name}', layers: [${layers}] }`;
    const [a, b] = [stage("a", "{ k: 1 }, { k: 2 }"), stage("b", "{ k: 3 }")];
    const expected = [`${a} | { k: 1 }`, `${a} | { k: 2 }`, `${b} | { k: 3 }`];
    expect(await rows("for (const s of stages) for (const l of s.layers) layer(x, l.k);", before)).toEqual(expected);
    expect(await rows("stages.forEach((s) => s.layers.map((l) => layer(x, l.k)));", before)).toEqual(expected);
    expect(
      await rows(
        "for (let i = 0; i < stages.length; i++) for (let j = 0; j < stages[i]!.layers.length; j++) layer(x, stages[i]!.layers[j]!.k);",
        before,
      ),
    ).toEqual(expected);
    expect(
      await rows(
        "const go = (n: any): void => { if (n.k) layer(x, n.k); for (const c of n.layers ?? []) go(c); }; for (const s of stages) go(s);",
        before,
      ),
    ).toEqual(expected);
  });

  it("are known by identity in a table of rows", async () => {
    const before = "const table = { stem: { k: 7 }, body: { k: 3 } };";
    expect(
      await rows("const go = (b: { k: number }) => layer(x, b.k); go(table.stem); go(table.body);", before),
    ).toEqual(["{ k: 7 }", "{ k: 3 }"]);
    expect(await rows("for (const [name, b] of Object.entries(table)) layer(x, name + b.k);", before)).toEqual([
      "{ k: 7 }",
      "{ k: 3 }",
    ]);
    expect(await rows("for (const name in table) layer(x, (table as any)[name].k);", before)).toEqual([
      "{ k: 7 }",
      "{ k: 3 }",
    ]);
  });

  it("end with their turn", async () => {
    expect(await rows("for (const b of blocks) layer(x); layer(x);")).toEqual([...each, ""]);
    expect(await rows("blocks.forEach((b) => layer(x)); layer(x);")).toEqual([...each, ""]);
    expect(await rows("for (let i = 0; i < 2; i++) { layer(x); const b = blocks[i]; layer(x); } layer(x);")).toEqual([
      "",
      "{ k: 1 }",
      "",
      "{ k: 2 }",
      "",
    ]);
    expect(await rows("const at = (i: number) => layer(x, blocks[i]!.k); at(0); layer(x); at(1);")).toEqual([
      "{ k: 1 }",
      "",
      "{ k: 2 }",
    ]);
    expect(await rows("try { for (const b of blocks) { layer(x); throw 1; } } catch { layer(x); } layer(x);")).toEqual([
      "{ k: 1 }",
      "",
      "",
    ]);
    expect(
      await rows("const first: any = (() => { for (const b of blocks) return b; })(); layer(x, first.k);"),
    ).toEqual([""]);
    expect(await rows("for (const b of blocks) { if (b.k === 1) continue; break; } layer(x);")).toEqual([""]);
  });

  it("are not what a reading of a fixed element says, nor any array of tensors", async () => {
    expect(await rows("layer(x, blocks[0]!.k); layer(x, blocks.at(-1)!.k);")).toEqual(["", ""]);
    expect(
      await rows("const both = [layer({}), layer({})]; for (const t of both.slice(0, 0)) layer(t); layer(both[0]);"),
    ).toEqual(["", "", ""]);
  });

  it("are known in modules and in JSON files", async () => {
    const evaluation = await sandbox.evaluate(
      `${imports}import { rows } from "./rows.js";\nimport sizes from "./sizes.json" with { type: "json" };
       export default defineModel({ forward(x) { for (const r of rows) layer(x, r.k); for (const s of sizes.list) layer(x, s); } });`,
      { "/a/rows.ts": "export const rows = [{ k: 1 }];", "/a/sizes.json": '{ "list": [ 24, {"c": 48} ] }' },
    );
    expect(told(evaluation)).toEqual([]);
    expect(rowsOf(evaluation)).toEqual(["{ k: 1 }", "24", '{"c": 48}']);
    expect(
      [...(evaluation.program?.elements.values() ?? [])].map(({ file, index, arrayName }) => [file, index, arrayName]),
    ).toEqual([
      ["/a/rows.ts", 0, "rows"],
      ["/a/sizes.json", 0, "list"],
      ["/a/sizes.json", 1, "list"],
    ]);
  });
});
