import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { beforeAll, describe, expect, it } from "vitest";
import { drawDiagram } from "./draw.js";
import { metrics } from "./metrics.js";
import { paper } from "./svg-style.js";
import type { Diagram, DiagramNode } from "./types.js";

beforeAll(async () => {
  await initWasm(await readFile(createRequire(import.meta.url).resolve("@resvg/resvg-wasm/index_bg.wasm")));
});

function node(more: Partial<DiagramNode> = {}): DiagramNode {
  return { id: "n0", kind: "operation", title: "Conv", lines: ["conv"], heat: 0, description: "Conv.", ...more };
}

function diagram(...nodes: DiagramNode[]): Diagram {
  return { form: "quantised", title: "net", summary: "score 1", nodes, edges: [], largestShare: "50 %" };
}

/** The colour of the only node near its left border, by an XML parser and renderer that are not ours. */
function pixelOfNode(svg: string): readonly number[] {
  const { pixels, width } = new Resvg(svg).render();
  const at = 4 * ((metrics.headerHeight + 12) * width + metrics.margin + 5);
  return [...pixels.slice(at, at + 3)];
}

describe("diagramSvg", () => {
  it("says in words what it shows", () => {
    const { svg } = drawDiagram(diagram(node({ description: "Conv: a, output 4×8.", node: "a" })));
    expect(svg).toContain('aria-label="Diagram of net, score 1"');
    expect(svg).toContain('role="graphics-symbol" aria-label="Conv: a, output 4×8." data-node="a"');
    expect(svg).toContain("share of the score, to 50 %");
  });

  it.each([
    "<script>alert(1)</script>",
    "a\"b'c",
    "a&b]]>",
    "\u0000\u001b[31m",
    "\ud800 half",
    "名前 🎉",
    "x".repeat(5000),
  ])("is well-formed whatever names there are: %j", (name) => {
    const { svg } = drawDiagram(diagram(node({ title: name, lines: [name], description: name, node: name })));
    expect(() => new Resvg(svg)).not.toThrow();
    expect(svg).not.toContain("<script");
  });

  it("draws the paper's colours where CSS variables are not known", () => {
    const { svg } = drawDiagram(diagram(node()));
    expect(pixelOfNode(svg)).toEqual(rgb(paper.node));
  });

  it("draws the cost over a node's colour", () => {
    const { svg } = drawDiagram(diagram(node({ heat: 1 })));
    const expected = rgb(paper.node).map((value, index) => value * 0.4 + (rgb(paper.heat)[index] ?? 0) * 0.6);
    pixelOfNode(svg).forEach((value, index) => {
      expect(Math.abs(value - (expected[index] ?? 0))).toBeLessThan(2);
    });
  });

  it("lets a page that holds it choose the colours", () => {
    const { svg } = drawDiagram(diagram(node()));
    for (const name of Object.keys(paper)) expect(svg).toContain(`var(--quantlens-${name},`);
  });
});

function rgb(color: string): number[] {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}
