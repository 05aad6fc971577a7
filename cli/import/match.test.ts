import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bacalhauNet } from "../../shared/dsl/testing/bacalhaunet.js";
import { graphFromJson } from "../../shared/graph/graph.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { readPth } from "../../shared/weights/pth/read.js";
import { initialize } from "../train/initialize.js";
import { lowerProgram } from "../train/lower/lower.js";
import type { ParameterSpec } from "../train/program.js";
import { candidatesOf, candidatesOfOnnx, type Candidate } from "./candidates.js";
import { matchParameters } from "./match.js";

const graph = graphFromJson(bacalhauNet({ input: 8, weight: 6, activation: 6 }).graph);
const program = lowerProgram(graph).value!;

const parameter = (name: string, kind: ParameterSpec["kind"], shape: number[]): ParameterSpec => ({
  ...{ name, kind, shape, trainable: true, layer: "layer" },
  init: { kind: "constant", value: 0 },
});

const candidate = (name: string, kind: ParameterSpec["kind"], shape: number[]): Candidate => ({
  ...{ name, kind, shape },
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
});

const pairs = (parameters: ParameterSpec[], candidates: Candidate[]) => {
  const { matches, missing, left } = matchParameters(parameters, candidates);
  return {
    matches: matches.map((match) => `${match.parameter.name} = ${match.candidate.name}`),
    missing: missing.map(({ name }) => name),
    left: left.map(({ name }) => name),
  };
};

describe("matchParameters", () => {
  it("goes by name when all names are there, whatever their order", () => {
    expect(
      pairs(
        [parameter("a", "weight", [2]), parameter("b", "weight", [2])],
        [candidate("b", "weight", [2]), candidate("a", "weight", [2])],
      ),
    ).toEqual({ matches: ["a = a", "b = b"], missing: [], left: [] });
  });

  it("goes by kind, order and shape otherwise; a layer too many leaves the others in place", () => {
    expect(
      pairs(
        [parameter("a", "weight", [2, 3]), parameter("t", "threshold", []), parameter("b", "weight", [4])],
        [
          candidate("x", "weight", [2, 3]),
          candidate("y", "weight", [9]),
          candidate("z", "weight", [4]),
          candidate("s", "threshold", [1]),
        ],
      ),
    ).toEqual({ matches: ["a = x", "t = s", "b = z"], missing: [], left: ["y"] });
  });

  it("names what is missing", () => {
    expect(pairs([parameter("a", "weight", [2, 3])], [candidate("a", "weight", [3, 2])])).toEqual({
      matches: [],
      missing: ["a"],
      left: ["a"],
    });
  });
});

describe("candidates", () => {
  it("finds every parameter in an ONNX file of the same model", () => {
    const values = initialize(program, 1);
    const tensors = new Map(graph.tensors);
    for (const [name, data] of values) {
      const tensor = tensors.get(name);
      if (tensor) tensors.set(name, { ...tensor, data });
    }
    const read = readOnnx(writeQonnx({ ...graph, tensors })).value!;
    const { matches, missing, left } = matchParameters(program.parameters, candidatesOfOnnx(read));
    expect({ missing, left }).toEqual({ missing: [], left: [] });
    const stored = matches.filter((match) => match.parameter.kind !== "threshold");
    for (const match of stored) expect(match.candidate.data).toEqual(values.get(match.parameter.name));
  });

  it.skipIf(!hasGolden)("finds every parameter in the published checkpoints (needs ../shared/golden)", () => {
    for (const file of ["gold_weights.pth", "gold_initialweights.pth"]) {
      const { value } = readPth(readFileSync(goldenPath("bacalhaunet", file)));
      const { matches, missing, left } = matchParameters(program.parameters, candidatesOf(value!));
      expect({ missing, left }).toEqual({ missing: [], left: [] });
      expect(matches.find((match) => match.parameter.name === "linear.weight")?.candidate.name).toBe("fc.weight");
      expect(matches.filter(({ candidate: { kind } }) => kind === "threshold")).toHaveLength(12);
    }
  });
});
