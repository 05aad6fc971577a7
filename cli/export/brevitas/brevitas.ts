/** A trained model as a PyTorch module with Brevitas 0.6's layers, its state dictionary, and a script that exports it. */
import type { Baseline } from "../../../shared/cost/types.js";
import type { Graph } from "../../../shared/graph/graph.js";
import type { StateEntry } from "../../../shared/weights/pth/write.js";
import type { EvaluatedNetwork } from "../../train/lower/program-weights.js";
import { checkStatistics } from "./check-statistics.js";
import { forwardBody } from "./forward.js";
import { moduleText } from "./module-text.js";
import { convertNetwork } from "./network.js";
import { identifier } from "./python.js";
import { scriptText } from "./script-text.js";
import { stateEntries } from "./state.js";

export interface BrevitasOptions {
  /** Name of the Python module without `.py`. */
  readonly moduleName: string;
  /** What the module says about where it comes from. */
  readonly origin: string;
  readonly baseline: Baseline;
}

export interface BrevitasExport {
  readonly source: string;
  readonly script: string;
  readonly state: readonly StateEntry[];
}

export interface BrevitasResult {
  /** `undefined` when there are problems. */
  readonly value: BrevitasExport | undefined;
  /** One sentence for each thing that Brevitas cannot express. */
  readonly problems: readonly string[];
}

/**
 * Writes the model for Brevitas. The graph is the model file's (with its layers), the parameters those of its program;
 * weights have their pruned elements 0, as in the ONNX files.
 */
export function brevitasOf(graph: Graph, trained: EvaluatedNetwork, options: BrevitasOptions): BrevitasResult {
  const network = convertNetwork(graph, trained.program);
  const problems = [...network.problems, ...checkStatistics(trained)];
  if (problems.length > 0) return { value: undefined, problems };
  const inputShape = graph.tensors.get(graph.inputs[0] ?? "")?.shape ?? [];
  const className = classNameOf(graph.name);
  const { lines, result } = forwardBody(network.statements);
  const source = moduleText({
    ...{ className, origin: options.origin, inputShape, modules: network.modules, classes: network.classes },
    ...{ forward: lines, result },
  });
  const script = scriptText({ moduleName: options.moduleName, className, inputShape, baseline: options.baseline });
  const state = stateEntries(network.sources, trained.program.parameters, trained.parameters);
  return { value: { source, script, state }, problems };
}

/** Names that the module uses for other things. */
const usedNames = new Set(["Scope", "torch", "nn", "qnn", "F", "Path", "json", "load", "main"]);

function classNameOf(name: string): string {
  const wanted = identifier(name === "" ? "Network" : name);
  return usedNames.has(wanted) ? `${wanted}Network` : wanted;
}
