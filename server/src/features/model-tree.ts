/** The tree of the side bar: the layers of a model by the calls that made them, with their costs and findings. */
import type { ModelTree, ModelTreeNode, TreeFinding } from "../../../shared/messages.js";
import type { Problem, ProblemTarget } from "../../../shared/problems.js";
import { outputShape, sumOfLayers } from "../models/layer-costs.js";
import { isFresh, type ModelState, type RunAnalysis, type ShownModel } from "../models/model-state.js";
import { callTree, chainOf, nodeName, type CallTree } from "./call-tree.js";
import { modelSummary } from "./model-cost.js";

type Findings = ReadonlyMap<CallTree, readonly TreeFinding[]>;

/** The tree of the last texts that ran; `uri` is as the client spells it. */
export function modelTree(state: ModelState, uri: string): ModelTree {
  const { shown } = state;
  const outside = [...state.problems, ...(isFresh(state) ? [] : state.analysis.problems)].map(findingOf);
  if (!shown) return { uri, fresh: false, findings: outside, nodes: [] };
  const root = callTree(shown.analysis);
  const findings = findingsByCall(root, shown.analysis);
  const summary = modelSummary(state);
  return {
    uri,
    fresh: isFresh(state),
    ...(summary && { summary }),
    findings: [...outside, ...(findings.get(root) ?? [])],
    nodes: nodesOf(root, "", { shown, findings }),
  };
}

interface TreeContext {
  readonly shown: ShownModel;
  readonly findings: Findings;
}

function nodesOf(tree: CallTree, path: string, context: TreeContext): ModelTreeNode[] {
  const { shown, findings } = context;
  const { analysis, sources } = shown;
  const repeated = new Map<string, number>();
  return [...tree.children].flatMap(([id, node]): ModelTreeNode[] => {
    const call = analysis.program.calls.get(id);
    if (!call) return [];
    const label = nodeName(analysis, call, node);
    // Ids of calls change with every edit; names and positions among equal names do not.
    const turn = repeated.get(call.callee) ?? 0;
    repeated.set(call.callee, turn + 1);
    const key = `${path}/${call.callee}#${turn}`;
    const { macs, bops, memWBits } = sumOfLayers(analysis, node.layers);
    const shape = outputShape(analysis, node.layers.at(-1) ?? -1);
    const location = sources.locationOf(call);
    return [
      {
        id: key,
        label,
        kind: node.leaf ? "layer" : "call",
        ...(shape && { outputShape: shape }),
        macs,
        bops,
        memWBits,
        share: analysis.cost.totals.bops === 0 ? 0 : bops / analysis.cost.totals.bops,
        findings: findings.get(node) ?? [],
        ...(location && { location }),
        children: nodesOf(node, key, context),
      },
    ];
  });
}

/** Each finding at every call that it is about; at the root what is about the whole model. */
function findingsByCall(root: CallTree, analysis: RunAnalysis): Findings {
  const found = new Map<CallTree, TreeFinding[]>();
  for (const problem of analysis.problems) {
    const targets = [problem.target, ...(problem.related ?? []).map(({ target }) => target)];
    for (const node of new Set(targets.map((target) => nodeAt(root, target, analysis)))) {
      found.set(node, [...(found.get(node) ?? []), findingOf(problem)]);
    }
  }
  return found;
}

/** The innermost call of the tree on the way to a target: quantisers are made within a layer's call or before it. */
function nodeAt(root: CallTree, target: ProblemTarget, analysis: RunAnalysis): CallTree {
  if (target.kind !== "site") return root;
  let node = root;
  for (const call of chainOf(analysis, target.origin)) {
    const next = node.children.get(call);
    if (next === undefined) break;
    node = next;
  }
  return node;
}

function findingOf({ severity, code, message }: Problem): TreeFinding {
  return { severity, code, message };
}
