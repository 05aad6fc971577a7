/** Quick fixes for problems that the DSL reports: what it used instead is in the graph. */
import type { DslProblem } from "../dsl/definition.js";
import type { DslProblemCode } from "../dsl/problem-codes.js";
import { numberAttribute } from "../graph/attributes.js";
import type { Graph, GraphNode, Origin } from "../graph/graph.js";
import type { Fix, OptionPath, SourceEdit } from "../problems.js";

/** The fixes of a DSL problem, preferred first; none where there is no obvious one or no source. */
export function dslProblemFixes(problem: DslProblem, graph: Graph): readonly Fix[] {
  const { code, origin, path } = problem;
  if (problem.fixes) return problem.fixes;
  const make = makers[code as DslProblemCode];
  return make && origin && path ? make({ origin, path, graph }) : [];
}

interface Place {
  readonly origin: Origin;
  readonly path: OptionPath;
  readonly graph: Graph;
}

const makers: Readonly<Partial<Record<DslProblemCode, (place: Place) => readonly Fix[]>>> = {
  "group-divisibility": (place) => {
    const groups = madeAt(place).find((node) => node.role === "mac");
    return groups ? useInstead(place, numberAttribute(groups, "group", 1)) : [];
  },
  "bit-width-not-integer": (place) => useInstead(place, constantOf(place, 3)),
  "bit-width-range": (place) => useInstead(place, constantOf(place, 3)),
  "scale-not-power-of-two": (place) => useInstead(place, constantOf(place, 1)),
  "scale-not-positive-static": (place) => remove(place),
  "scale-granularity": (place) =>
    place.path[0] === "scale"
      ? preferred(`Use one scale per channel`, {
          kind: "setOption",
          origin: place.origin,
          path: ["granularity"],
          text: `"channel"`,
        })
      : [],
  "option-without-effect": (place) => remove(place),
  "unknown-option": (place) => remove(place),
  "duplicate-name": (place) => remove(place),
  "channel-mismatch": (place) =>
    place.path[0] === "inChannels" || place.path[0] === "inFeatures" ? remove(place) : [],
};

function useInstead({ origin, path }: Place, value: number | undefined): readonly Fix[] {
  if (value === undefined) return [];
  return preferred(`Use ${value}`, { kind: "setOption", origin, path, text: String(value) });
}

function remove({ origin, path }: Place): readonly Fix[] {
  const option = path.at(-1);
  return typeof option === "string" ? preferred(`Remove ${option}`, { kind: "removeOption", origin, path }) : [];
}

function preferred(title: string, edit: SourceEdit): readonly Fix[] {
  return [{ title, preferred: true, edits: [edit] }];
}

/** The nodes that the call made. */
function madeAt({ origin, graph }: Place): readonly GraphNode[] {
  const call = origin.calls.at(-1);
  return graph.nodes.filter(({ layer }) => layer !== undefined && graph.layers[layer]?.origin?.calls.at(-1) === call);
}

/** The n-th operand of a quantiser that the call wrote, where it is one number: its scale, its bit width. */
function constantOf({ origin, graph }: Place, operand: number): number | undefined {
  const call = origin.calls.at(-1);
  const node = graph.nodes.find(({ quantizerOrigin }) => quantizerOrigin?.calls.at(-1) === call);
  const data = node && graph.tensors.get(node.inputs[operand] ?? "")?.data;
  return data?.length === 1 ? data[0] : undefined;
}
