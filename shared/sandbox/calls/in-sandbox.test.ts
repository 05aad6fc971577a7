/** The DSL as a program in the sandbox meets it: what it can ask, and what it cannot do to the host. */
import { describe, expect, it } from "vitest";
import { evaluateFiles } from "../../testing/sandbox.js";
import { told } from "../testing/small.js";

const imports = `import * as q from "quantlens";
  import { adam, add, customOp, defineModel, int, itu2021, param, quantConv1d, quantReLU, relu, scope, uint, type Tensor } from "quantlens";
  const input = { shape: [1, 2, 16] };\n`;

const evaluate = (text: string) => evaluateFiles({ "/a/m.ts": imports + text });

/** Names and output shapes of the layers of a program, which must run without a problem. */
async function layers(text: string): Promise<string[]> {
  const evaluation = await evaluate(text);
  expect(told(evaluation)).toEqual([]);
  expect(evaluation.definition?.problems).toEqual([]);
  const graph = evaluation.definition?.graph;
  return (graph?.layers ?? []).map(
    ({ name, output }) => `${name} ${graph?.tensors.find((tensor) => tensor.name === output)?.shape?.join("×") ?? ""}`,
  );
}

describe("a program in the sandbox", () => {
  it("gets shapes, data types and parameters while it runs", async () => {
    const found = await layers(`
      function block(x: Tensor) {
        const y = quantReLU(quantConv1d(x, { outChannels: 2 * x.channels, kernelSize: x.length - 13 }), { actQuant: uint(param("bits", 4)) });
        return y.dataType === "SCALEDUINT4" ? scope(y.shape.join("-"), () => relu(y)) : y;
      }
      export default defineModel({ name: "net", input, forward: (x) => block(x) });`);
    expect(found).toEqual(["block.conv 1×4×14", "block.relu 1×4×14", "1-4-14.relu 1×4×14"]);
  });

  it("has its formulas called", async () => {
    const found = await layers(`
      export default defineModel({ name: "net", input, forward: (x) =>
        customOp([x, x], { name: "Join", outputShape: (a, b) => [1, a[1]! + b[1]!, 16], macs: (out) => out[1]! }) });`);
    expect(found).toEqual(["Join 1×4×16"]);
  });

  it("may look into its model and export a copy", async () => {
    const found = await layers(`
      const model = defineModel({ name: "net", input, forward: (x) => relu(x), challenge: itu2021() });
      if (model.graph.layers.length !== 1 || model.challenge?.baseline.bops !== itu2021().baseline.bops) throw 1;
      export default { ...model, name: "copy" };`);
    expect(found).toEqual(["relu 1×2×16"]);
  });

  it("exports the model that it exports, not the last one", async () => {
    const { definition } = await evaluate(`
      const one = defineModel({ name: "one", input, forward: (x) => relu(x) });
      defineModel({ name: "two", input, forward: (x) => relu(x) });
      export default await Promise.resolve(one);`);
    expect(definition?.name).toBe("one");
  });

  it("is told where its exceptions come from, within formulas too", async () => {
    const evaluation = await evaluate(`
      export default defineModel({ name: "net", input, forward: (x) => customOp(x, { name: "A", outputShape: () => { throw new Error("no"); } }) });`);
    expect(told(evaluation)).toEqual(['model-throws: Error: no @ throw new Error("no");']);
  });
});

describe("a program that tampers with the record", () => {
  it.each([
    ["lists", "Array.prototype.push = Array.prototype.map = Array.prototype.join = (() => 7) as never;"],
    ["objects", 'Object.defineProperty(Object.prototype, "", { value: 5 });'],
    ["setters", 'Object.defineProperty(Array.prototype, 0, { set() { throw new Error("mine"); } });'],
    ["weak maps", "WeakMap.prototype.get = (() => -1) as never;"],
    ["keys", "Object.keys = (() => ['']) as never;"],
  ])("ends in a model or in a problem: %s", async (_, tampering) => {
    const evaluation = await evaluate(`${tampering}
      export default defineModel({ name: "net", input, forward: (x) => relu(relu(x, { name: "a" })) });`);
    expect(evaluation.problems.length > 0 || evaluation.definition !== undefined).toBe(true);
  });

  it("cannot export as a model what is none", async () => {
    for (const value of ["adam()", "int(4)", "{ graph: adam() }"]) {
      expect(told(await evaluate(`export default ${value} as unknown;`))).toEqual([
        "no-model: The file exports no model: write `export default defineModel({ ... })`. @ ",
      ]);
    }
  });
});

describe("a model that is too large", () => {
  it("is shown where it grows", async () => {
    const evaluation = await evaluate(`
      export default defineModel({ name: "net", input, forward(x) { for (let i = 0; i < 30_000; i++) x = relu(x); return x; } });`);
    expect(told(evaluation)).toEqual([
      "out-of-memory: The model is larger than can be shown (20,000 layers, or ten million sizes, values and letters of names): make it smaller. @ relu(x)",
    ]);
  });

  it("is shown where it asks, too", async () => {
    const evaluation = await evaluate(`
      export default defineModel({ name: "net", input, forward(x) { for (let i = 0; i < 30_000; i++) x = add(x, x); return x.channels > 1 ? x : relu(x); } });`);
    expect(told(evaluation)).toHaveLength(1);
    expect(told(evaluation)[0]).toMatch(/^out-of-memory: The model is larger .* @ /);
  });
});
