/** Graphs with weights, for tests of exports. */
import { readFileSync } from "node:fs";
import type { Graph } from "../../../shared/graph/graph.js";
import { goldenPath } from "../../../shared/testing/golden.js";
import { readPth } from "../../../shared/weights/pth/read.js";
import { candidatesOf } from "../../import/candidates.js";
import { matchParameters } from "../../import/match.js";
import { wasmBackend } from "../../train/wasm/backend.js";
import { initialize } from "../../train/initialize.js";
import { lowerProgram } from "../../train/lower/lower.js";
import type { TrainProgram } from "../../train/program.js";
import type { TrainedParameters } from "../../train/lower/program-weights.js";

export function lowered(graph: Graph): TrainProgram {
  const { value, problems } = lowerProgram(graph);
  if (!value) throw new Error(problems.map(({ message }) => message).join("\n"));
  return value;
}

/** Random weights; statistics and thresholds that differ from where they start. */
export function randomlyTrained(graph: Graph, seed: number): TrainedParameters {
  const program = lowered(graph);
  const parameters = initialize(program, seed);
  for (const { name, kind } of program.parameters) {
    const values = parameters.get(name);
    // Thresholds begin at 1 and a statistic moves them in training; 2.5 stands for what it would find.
    if (kind === "threshold" && values?.every((value) => value === 1) === true) values.fill(2.5);
    if (kind === "runningMean") values?.forEach((_, index) => (values[index] = 0.1 * Math.sin(index + seed)));
    if (kind === "runningVar") values?.forEach((_, index) => (values[index] = 1.2 + Math.cos(index)));
  }
  return { program, parameters, masks: new Map() };
}

/** With every third weight pruned. */
export function pruned(trained: TrainedParameters): TrainedParameters {
  const masks = new Map(
    trained.program.parameters.flatMap(({ name, kind }) => {
      const values = trained.parameters.get(name);
      return kind === "weight" && values
        ? [[name, Uint8Array.from(values, (_, index) => Number(index % 3 !== 0))] as const]
        : [];
    }),
  );
  return { ...trained, masks };
}

/** The published weights of BacalhauNet. */
export function published(graph: Graph): TrainedParameters {
  const program = lowered(graph);
  const { value } = readPth(readFileSync(goldenPath("bacalhaunet", "gold_weights.pth")));
  const { matches } = matchParameters(program.parameters, candidatesOf(value ?? { source: "", entries: [] }));
  const parameters = new Map(matches.map((match) => [match.parameter.name, Float32Array.from(match.candidate.data)]));
  return { program, parameters, masks: new Map() };
}

/** What the built-in backend makes of it in evaluation. */
export async function predict(trained: TrainedParameters, x: Float32Array, size: number): Promise<Float32Array> {
  const session = await wasmBackend.open(trained.program, { batchSize: size, threads: 1, inferenceOnly: true });
  for (const [name, values] of trained.parameters) session.parameters.get(name)?.set(values);
  for (const [name, mask] of trained.masks) session.setMask(name, mask);
  const logits = Float32Array.from(await session.predict(x, size));
  await session.close();
  return logits;
}
