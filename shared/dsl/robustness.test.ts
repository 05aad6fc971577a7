import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { graphFromJson } from "../graph/graph.js";
import { inferShapes } from "../graph/infer-shapes.js";
import * as dsl from "./index.js";
import { dslProblemCodes } from "./problem-codes.js";
import { buildFrom, randomCalls, randomShapes, type Library } from "./testing/random-calls.js";

const library = dsl as unknown as Library;

describe("whatever a model file passes", () => {
  it("builds a model that survives JSON, and reports with known codes", () => {
    fc.assert(
      fc.property(randomShapes, fc.array(randomCalls, { maxLength: 12 }), (shape, list) => {
        const model = buildFrom(library, shape, list);
        const json = JSON.parse(JSON.stringify(model)) as dsl.Model;
        expect(json.graph.tensors.map((tensor) => tensor.shape)).toEqual(
          model.graph.tensors.map((tensor) => tensor.shape),
        );
        for (const { code, message } of model.problems) {
          expect(Object.keys(dslProblemCodes)).toContain(code);
          expect(message).toMatch(/^[A-Za-z].*\.$/s);
        }
      }),
      { seed: 7, numRuns: 400 },
    );
  });

  it("builds a sound graph: every input is made before it is read, names are unique, shapes hold", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 }),
        fc.array(randomCalls, { maxLength: 12 }),
        (shape, list) => {
          const { graph } = buildFrom(library, shape, list);
          const known = new Set([
            ...graph.inputs,
            ...graph.tensors.filter(({ constant }) => constant).map(({ name }) => name),
          ]);
          for (const node of graph.nodes) {
            expect(node.inputs.every((name) => known.has(name))).toBe(true);
            for (const output of node.outputs) {
              expect(known.has(output)).toBe(false);
              known.add(output);
            }
          }
          expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length);
          expect(graph.outputs.every((name) => known.has(name))).toBe(true);
          for (const { shape: sizesOf } of graph.tensors)
            expect(sizesOf?.every((size) => Number.isInteger(size) && size >= 1)).toBe(true);
          expect(inferShapes(graphFromJson(graph)).problems).toEqual([]);
        },
      ),
      { seed: 11, numRuns: 400 },
    );
  });
});
