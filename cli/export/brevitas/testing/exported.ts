/** What is written for Brevitas, for tests that need it whole. */
import { baselines } from "../../../../shared/cost/baselines.js";
import type { Graph } from "../../../../shared/graph/graph.js";
import { evaluatedNetwork, type TrainedParameters } from "../../../train/lower/program-weights.js";
import { brevitasOf, type BrevitasExport } from "../brevitas.js";

/** The module, its script and its weights; throws what speaks against them. */
export function exported(graph: Graph, trained: TrainedParameters, moduleName = "net"): BrevitasExport {
  const options = { moduleName, origin: "a test", baseline: baselines.itu2021 };
  const { value, problems } = brevitasOf(graph, evaluatedNetwork(trained), options);
  if (!value) throw new Error(problems.join("\n"));
  return value;
}
