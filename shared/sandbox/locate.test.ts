/** Where an option of a layer is shown, and which number decides it. */
import { describe, expect, it } from "vitest";
import type { Origin } from "../graph/graph.js";
import type { OptionPath } from "../problems.js";
import { editableNumber, locate } from "./locate.js";
import type { Program, SourceRange } from "./program.js";
import { imports, smallSandbox, told } from "./testing/small.js";

const sandbox = smallSandbox();

interface Made {
  readonly program: Program;
  readonly origins: readonly Origin[];
}

/** The layers of a program whose `forward` has this body. */
async function made(body: string, before = "", files: Readonly<Record<string, string>> = {}): Promise<Made> {
  const text = `${imports}const int = (bits: number, o = {}) => ({ bits, ...o });\n${before}\nexport default defineModel({ forward(x: any): any {\n${body}\n} });`;
  const evaluation = await sandbox.evaluate(text, files);
  expect(told(evaluation)).toEqual([]);
  const origins = (evaluation.definition?.graph.layers ?? []).flatMap(({ origin }) => origin ?? []);
  return { program: evaluation.program!, origins };
}

function textOf(program: Program, range: SourceRange | undefined): string | undefined {
  return range && program.files.get(range.file)?.text.slice(range.start, range.end);
}

/** The text that is shown for an option of each layer. */
function shown({ program, origins }: Made, path?: OptionPath): (string | undefined)[] {
  return origins.map((origin) => textOf(program, locate(program, { kind: "site", origin, ...(path && { path }) })));
}

/** The number that decides an option of each layer, with what stands around it. */
function decided({ program, origins }: Made, path: OptionPath): (string | undefined)[] {
  return origins.map((origin) => {
    const number = editableNumber(program, origin, path);
    if (number === undefined) return undefined;
    const { file, start, end } = number.range;
    const { text } = program.files.get(file)!;
    expect(Number(text.slice(start, end))).toBe(number.value);
    return text.slice(text.lastIndexOf("\n", start) + 1, end).trim();
  });
}

describe("locate", () => {
  it("shows an option, an argument, a part of an option, or else the callee", async () => {
    const model = await made('layer(x, "n", { bias: true, weightQuant: int(6, { narrow: false }) });');
    expect(shown(model, ["bias"])).toEqual(["bias: true"]);
    expect(shown(model, [1])).toEqual(['"n"']);
    expect(shown(model, ["weightQuant"])).toEqual(["weightQuant: int(6, { narrow: false })"]);
    expect(shown(model, ["weightQuant", 0])).toEqual(["6"]);
    expect(shown(model, ["weightQuant", "narrow"])).toEqual(["narrow: false"]);
    expect(shown(model, ["weightQuant", "scale"])).toEqual(["weightQuant: int(6, { narrow: false })"]);
    expect(shown(model, ["groups"])).toEqual(["layer"]);
    expect(shown(model)).toEqual(["layer"]);
  });

  it("follows a spread to what the caller wrote", async () => {
    const model = await made(
      "conv(x, { stride: 2 }); conv(x, shared); conv(x, { ...shared, stride: 4 }); conv(x);",
      'function conv(x: any, o: object = { stride: 1 }) { return layer(x, "", { bias: false, ...o }); }\nconst shared = { stride: 3 };',
    );
    expect(shown(model, ["stride"])).toEqual(["stride: 2", "stride: 3", "stride: 4", "stride: 1"]);
    expect(shown(model, ["bias"])).toEqual(["bias: false", "bias: false", "bias: false", "bias: false"]);
  });

  it("follows spreads, members and patterns to the config row", async () => {
    const before = "const rows = [{ stride: 1, size: { k: 3 } }, { stride: 2, size: { k: 5 } }];";
    const bodies = [
      'for (const b of rows) layer(x, "", { ...b });',
      'for (const b of rows) layer(x, "", b);',
      'rows.forEach((b) => layer(x, "", { ...b }));',
      'rows.map(({ size, ...rest }) => layer(x, "", rest));',
      'const go = (o: object) => layer(x, "", { ...o }); for (const b of rows) go(b); ',
      'const go = ({ size, ...o }: any) => layer(x, "", { ...o }); for (const b of rows) go({ ...b });',
      'for (let i = 0; i < 2; i++) layer(x, "", { ...rows[i] });',
      'for (let i = 0; i < 2; i++) { const b = rows[i]; layer(x, "", { ...b }); }',
    ];
    for (const body of bodies) {
      const model = await made(body, before);
      expect([body, ...shown(model, ["stride"])]).toEqual([body, "stride: 1", "stride: 2"]);
    }
  });

  it("follows parameters of outer functions and of recursive ones", async () => {
    const closure =
      'const block = (o: object) => { const go = (y: any) => layer(y, "", { ...o }); go(x); [1].forEach(go); };';
    expect(shown(await made(`${closure} block({ stride: 1 });`), ["stride"])).toEqual(["stride: 1", "stride: 1"]);
    const recursive =
      'const go = (n: number, o: object): void => { if (n > 0) { layer(x, "", { ...o }); go(n - 1, { stride: n }); } };';
    expect(shown(await made(`${recursive} go(3, { stride: 3 });`), ["stride"])).toEqual([
      "stride: 3",
      "stride: n",
      "stride: n",
    ]);
  });

  it("does not take an option from a row for a call that has none", async () => {
    const model = await made(
      "for (const b of rows) { x = layer(x); layer(x, '', other(b)); layer(x, '', { ...other(b) }); }",
      "const rows = [{ stride: 1 }]; const other = (o: object): object => ({ ...o });",
    );
    expect(shown(model, ["stride"])).toEqual(["layer", "stride: 1", "stride: 1"]);
  });

  it("shows the model's own properties, also behind a function", async () => {
    const { program } = await sandbox.evaluate(
      `${imports}export default defineModel({ forward: (x) => x, value: { score: 1 } });`,
    );
    const show = (path?: OptionPath) => textOf(program!, locate(program!, { kind: "model", ...(path && { path }) }));
    expect([show(), show(["value"]), show(["value", "score"]), show(["budget"])]).toEqual([
      "defineModel",
      "value: { score: 1 }",
      "score: 1",
      "defineModel",
    ]);
    const behind = (
      await sandbox.evaluate(
        `${imports}const make = (): any => ({ value: 2 });\nexport default defineModel((() => ({ value: 3 }))());`,
      )
    ).program!;
    expect(textOf(behind, locate(behind, { kind: "model", path: ["value"] }))).toBe("defineModel");
    const direct = (
      await sandbox.evaluate(`${imports}export default defineModel(((p: object) => ({ value: 3 })) as any);`)
    ).program!;
    expect(textOf(direct, locate(direct, { kind: "model", path: ["value"] }))).toBe("value: 3");
  });

  it("passes ranges on and knows nothing of nodes", async () => {
    const { program } = await made("layer(x);");
    expect(locate(program, { kind: "range", file: "f", start: 1, end: 2 })).toEqual({ file: "f", start: 1, end: 2 });
    expect(locate(program, { kind: "node", node: "Conv_0" })).toBeUndefined();
    expect(locate(program, { kind: "site", origin: { calls: [999], rows: [] } })).toBeUndefined();
  });
});

describe("editableNumber", () => {
  it("finds the literal behind constants, arguments and rows", async () => {
    const bits: OptionPath = ["weightQuant", 0];
    const one = async (body: string, before = "", files = {}) => decided(await made(body, before, files), bits);
    expect(await one('layer(x, "", { weightQuant: int(6) });')).toEqual(['layer(x, "", { weightQuant: int(6']);
    expect(await one('layer(x, "", { weightQuant: int(bits) });', "const bits = 6;")).toEqual(["const bits = 6"]);
    expect(
      await one(
        'layer(x, "", { weightQuant });',
        "const bits = 5 as const, again = bits;\nconst weightQuant = int(again);",
      ),
    ).toEqual(["const bits = 5"]);
    expect(
      await one(
        'for (const b of rows) layer(x, "", { weightQuant: int(b.bits) });',
        "const rows = [\n{ bits: 4 },\n{ bits: 8 }];",
      ),
    ).toEqual(["{ bits: 4", "{ bits: 8"]);
    expect(
      await one(
        "for (const b of rows) conv({ ...b });",
        "const rows = [\n{ bits: 4 },\n{ bits: 8 }];\nconst conv = (o: { bits: number }) => layer(0, '', { weightQuant: int(o.bits) });",
      ),
    ).toEqual(["{ bits: 4", "{ bits: 8"]);
    expect(
      await one(
        'for (const [, bits] of rows) layer(x, "", { weightQuant: int(bits!) });',
        "const rows = [\n[1, 4],\n[2, 8]];",
      ),
    ).toEqual(["[1, 4", "[2, 8"]);
    expect(await one('for (const bits of [\n4,\n8]) layer(x, "", { weightQuant: int(bits) });')).toEqual(["4", "8"]);
    expect(
      await one("conv(7); conv();", 'const conv = (bits =\n3) => layer(0, "", { weightQuant: int(bits) });'),
    ).toEqual(["conv(7", "3"]);
    expect(
      await one(
        "conv({}); conv({ bits: 9 });",
        'const conv = ({ bits =\n3 }) => layer(0, "", { weightQuant: int(bits) });',
      ),
    ).toEqual(["3", "conv({}); conv({ bits: 9"]);
    expect(
      await one(
        'layer(x, "", { weightQuant: int(config.low.bits) });',
        "const config = { low: { bits: 2 }, high: { bits: 8 } };",
      ),
    ).toEqual(["const config = { low: { bits: 2"]);
  });

  it("finds none where the number is computed, assigned or far away", async () => {
    const bits: OptionPath = ["weightQuant", 0];
    expect(decided(await made('layer(x, "", { weightQuant: int(3 + 3) });'), bits)).toEqual([undefined]);
    expect(decided(await made('let bits = 6; bits = 7; layer(x, "", { weightQuant: int(bits) });'), bits)).toEqual([
      undefined,
    ]);
    expect(decided(await made('layer(x, "", {});'), bits)).toEqual([undefined]);
    expect(decided(await made("const a: any = { b: {} }; layer(x, '', { weightQuant: int(a.b.c) });"), bits)).toEqual([
      undefined,
    ]);
    expect(
      decided(
        await made("var f = (n: number): any => layer(x, '', { weightQuant: int(n) }); [1].forEach(f as any);"),
        bits,
      ),
    ).toEqual([undefined]);
  });

  it("does not go round in circles", async () => {
    const model = await made(
      'const o: any = { get p() { return 1; } }; const q = { ...o }; layer(x, "", { ...q, ...o });',
    );
    expect(decided(model, ["weightQuant", 0])).toEqual([undefined]);
  });
});
