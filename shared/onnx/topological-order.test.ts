import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Dependent, topologicalOrder } from "./topological-order.js";

const node = (name: string, inputs: readonly string[], outputs: readonly string[]): Dependent => ({
  name,
  inputs,
  outputs,
});

function orderOf(nodes: readonly Dependent[]): readonly string[] | undefined {
  const result = topologicalOrder(nodes);
  return "order" in result ? result.order.map(({ name }) => name) : undefined;
}

describe("topologicalOrder", () => {
  it("puts every node after those that it reads from, whatever the order was", () => {
    const links = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 30 });
    const shuffledNodes = links.chain((sources) => {
      const nodes = sources.map((inputs, index) =>
        node(`n${index}`, index === 0 ? [] : inputs.map((source) => `t${source % index}`), [`t${index}`]),
      );
      return fc.shuffledSubarray(nodes, { minLength: nodes.length });
    });
    fc.assert(
      fc.property(shuffledNodes, (nodes) => {
        const order = orderOf(nodes) ?? [];
        expect(order).toHaveLength(nodes.length);
        const place = new Map(order.map((name, index) => [name, index]));
        for (const { name, inputs } of nodes) {
          for (const input of inputs) {
            expect(place.get(name)).toBeGreaterThan(place.get(input.replace("t", "n")) ?? Infinity);
          }
        }
      }),
      { seed: 1 },
    );
  });

  it("keeps an order that is right already", () => {
    expect(orderOf([node("a", [], ["1"]), node("b", [], ["2"]), node("c", ["2", "1"], ["3"])])).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  it("needs no call stack for a chain of 200,000 nodes in reverse", () => {
    const count = 200_000;
    const chain = Array.from({ length: count }, (_, index) => node(`n${index}`, [`t${index + 1}`], [`t${index}`]));
    expect(orderOf(chain)?.[0]).toBe(`n${count - 1}`);
  });

  it("names the nodes of a cycle and no others", () => {
    const nodes = [
      node("in", ["x"], ["1"]),
      node("a", ["1", "3"], ["2"]),
      node("b", ["2"], ["3"]),
      node("out", ["3"], ["y"]),
    ];
    expect(topologicalOrder(nodes)).toEqual({ cycle: ["a", "b"] });
  });

  it("does not take absent optional inputs and outputs for a link", () => {
    expect(orderOf([node("a", [""], ["1", ""]), node("b", ["1", ""], ["2", ""])])).toEqual(["a", "b"]);
  });
});
