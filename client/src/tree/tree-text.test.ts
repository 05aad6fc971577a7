import { describe, expect, it } from "vitest";
import type { ModelTreeNode, TreeFinding } from "../../../shared/messages.js";
import {
  badgeTooltip,
  findingCounts,
  modelDescription,
  nodeDescription,
  nodeTooltip,
  worstBelow,
} from "./tree-text.js";

const finding = (severity: TreeFinding["severity"], message = "It is so."): TreeFinding => ({
  severity,
  code: "some-rule",
  message,
});

function node(more: Partial<ModelTreeNode> = {}): ModelTreeNode {
  const cost = { macs: 27_648, bops: 1_327_104, memWBits: 324, share: 0.0137 };
  return { id: "/conv#0", label: "quantConv1d", kind: "layer", ...cost, findings: [], children: [], ...more };
}

describe("the text of a node", () => {
  it("has shape, costs and share", () => {
    expect(nodeDescription(node({ outputShape: [1, 24, 512] }))).toBe("24×512 · 1.33 Mbop · 1.4 % · 324 b");
    expect(nodeDescription(node({ outputShape: [1, 24], bops: 0, memWBits: 0 }))).toBe("24");
  });

  it("has its findings in the tooltip, the gravest first, and nothing in them is Markdown", () => {
    const findings = [finding("info"), finding("error", "See [this](command:x) <b> $(alert).")];
    expect(nodeTooltip(node({ label: "a_b", findings })).split("\n\n")).toEqual([
      String.raw`**a\_b**`,
      "27.6 kMAC, 1.33 Mbop (1.4 % of the model), 324 b of weights",
      String.raw`$(error) See \[this\]\(command:x\) \<b\> \$\(alert\). (some-rule)`,
      "$(info) It is so. (some-rule)",
    ]);
    expect(nodeTooltip(node({ bops: 0, memWBits: 0 }))).toContain("Costs nothing.");
  });

  it("says what a model scores", () => {
    const summary = { name: "Net", score: 0.0824, bops: 1, memWBits: 1, macs: 1 };
    expect(modelDescription(summary, true)).toBe("score 0.0824");
    expect(modelDescription({ ...summary, budget: { score: 0.02 } }, false)).toBe(
      "score 0.0824 of 0.0200 · as of the last text that ran",
    );
  });
});

describe("findings", () => {
  const tree = node({
    findings: [finding("hint")],
    children: [
      node({ findings: [finding("warning"), finding("warning", "Other.")] }),
      node({ findings: [finding("warning")] }),
    ],
  });

  it("count once, at however many calls they stand", () => {
    expect(findingCounts({ nodes: [tree], findings: [finding("error")] })).toEqual({ errors: 1, warnings: 2 });
  });

  it("mark every call above them", () => {
    expect(worstBelow(tree)).toBe("warning");
    expect(worstBelow(node({ children: [node({ findings: [finding("error")] }), tree] }))).toBe("error");
    expect(worstBelow(node({ findings: [finding("info"), finding("hint")] }))).toBeUndefined();
  });

  it("are counted in words", () => {
    expect(badgeTooltip({ errors: 1, warnings: 2 })).toBe("1 error, 2 warnings");
    expect(badgeTooltip({ errors: 0, warnings: 1 })).toBe("1 warning");
  });
});
