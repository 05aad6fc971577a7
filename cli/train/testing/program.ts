/** Small programs for tests, from models written as in a model file. */
import { graphFromJson, type Graph, type Shape } from "../../../shared/graph/graph.js";
import { defineModel, type Tensor } from "../../../shared/dsl/index.js";
import { lowerProgram } from "../lower/lower.js";
import type { TrainProgram } from "../program.js";

/** The graph of a model whose input is `shape`, batch first. */
export function graphOf(shape: Shape, forward: (x: Tensor) => Tensor, name = "test"): Graph {
  const { graph, problems } = defineModel({ name, input: { shape }, forward });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
  return graphFromJson(structuredClone(graph));
}

/** The program of a model; throws when it cannot be trained. */
export function programOf(shape: Shape, forward: (x: Tensor) => Tensor): TrainProgram {
  const { value, problems } = lowerProgram(graphOf(shape, forward));
  if (!value) throw new Error(problems.map(({ message }) => message).join("\n"));
  return value;
}
