import fc from "fast-check";
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core";
import { describe, expect, it } from "vitest";
import { readBinaryJson } from "./binary-json.js";

const interpreter = await newQuickJSWASMModuleFromVariant(import("@jitl/quickjs-singlefile-cjs-release-sync"));

/** What the interpreter writes of an expression's value. */
function written(expression: string): Uint8Array {
  using context = interpreter.newContext();
  using value = context.unwrapResult(context.evalCode(`(${expression})`));
  using buffer = context.encodeBinaryJSON(value);
  using bytes = context.getArrayBuffer(buffer);
  return new Uint8Array(bytes.value);
}

const read = (expression: string): unknown => readBinaryJson(written(expression));

describe("readBinaryJson", () => {
  it("reads any JSON value as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const json = JSON.stringify(value);
        expect(JSON.stringify(read(`JSON.parse(${JSON.stringify(json)})`))).toBe(json);
      }),
      { numRuns: 300, seed: 3 },
    );
  });

  it("reads strings of every width, and numbers at the edges", () => {
    const strings = ["", "a".repeat(300), "é\u0080\u009f\u00ff", "𝒳\ud800", "\0\n\u2028"];
    const numbers = [0, -1, 127, 128, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 1.5, -1e300, 5e-324];
    expect(read(JSON.stringify([strings, numbers]))).toEqual([strings, numbers]);
  });

  it("leaves out what JSON leaves out", () => {
    expect(read("{ a: undefined, b: [undefined, NaN, Infinity, , 1], [Symbol()]: 1, 7: -0 }")).toEqual({
      b: [null, null, null, null, 1],
      7: -0,
    });
    expect(read("[new String('x'), new (class A { x = 1 })]")).toEqual(["x", { x: 1 }]);
    expect(Object.keys(read("JSON.parse('{\"__proto__\": 1}')") as object)).toEqual(["__proto__"]);
  });

  it("reads what is there twice, but neither cycles nor billions", () => {
    expect(read("(() => { const o = { x: 1 }; return [o, o, [o]]; })()")).toEqual([{ x: 1 }, { x: 1 }, [{ x: 1 }]]);
    expect(() => read("(() => { const o = {}; o.o = o; return o; })()")).toThrow("refers to itself");
    expect(() => read("(() => { let o = [1]; for (let i = 0; i < 40; i++) o = [o, o]; return o; })()")).toThrow(
      "too large",
    );
  });

  it("refuses what is no plain data, and other formats", () => {
    for (const expression of ["new Date(0)", "5n", "new Uint8Array(2)"])
      expect(() => read(expression)).toThrow(RangeError);
    expect(() => readBinaryJson(Uint8Array.of(4, 0, 1))).toThrow("not known");
    expect(() => readBinaryJson(new Uint8Array())).toThrow(RangeError);
  });
});
