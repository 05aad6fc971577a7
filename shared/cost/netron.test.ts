import { describe, expect, it } from "vitest";
import { draftGraph } from "../testing/draft-graph.js";
import { computeCost } from "./cost.js";
import { netronAttachment } from "./netron.js";

describe("netronAttachment", () => {
  const draft = draftGraph();
  const x = draft.quant(draft.input("x", [1, 2]), { bits: 8, scale: 0.5 });
  const w = draft.constant("w", [2, 3], [1, 0, 0, 0, 0, 1]);
  const graph = draft.build(draft.node("MatMul", [x, w], {}, { name: "head\nof the net" }));
  const attachment = netronAttachment(computeCost(graph, { flavor: "finn-base", discountSparsity: true }), graph);

  it("has Netron's signature", () => {
    expect(attachment.signature).toBe("netron:attachment");
  });

  it("tells the model's totals under an empty target", () => {
    expect(attachment.metrics).toContainEqual({ kind: "model", target: "", name: "bit-operations", value: 2 * 8 * 32 });
    expect(attachment.metadata).toContainEqual({ kind: "model", target: "", name: "unsupported ops", value: "none" });
  });

  it("tells a node's amounts and types under the first line of its name", () => {
    const target = "head";
    expect(attachment.metrics).toContainEqual({ kind: "node", target, name: "share", value: 1, type: "percentage" });
    expect(attachment.metrics).toContainEqual({ kind: "node", target, name: "weight bits", value: 64 });
    expect(attachment.metadata).toContainEqual({ kind: "node", target, name: "input type", value: "SCALEDINT8" });
  });

  it("names each entry of a target once, as Netron keeps only the last", () => {
    const keys = [...attachment.metrics, ...attachment.metadata].map(
      ({ kind, target, name }) => `${kind} ${target} ${name}`,
    );
    expect(new Set(keys).size).toBe(keys.length);
  });
});
