/** A placed diagram as SVG: for files, for the editor and for making pictures of. */
import { escapeMarkup } from "../escape-markup.js";
import { metrics } from "./metrics.js";
import { fontFamily, mostHeat, paper, styleSheet } from "./svg-style.js";
import { textWidth } from "./text.js";
import type { Diagram, DiagramNode, PlacedEdge, PlacedNode, Placement, Point } from "./types.js";

/** A whole document, with its style sheet if it is `styled`. Nodes are groups with `data-node` (the graph node's name), a tooltip and a text for screen readers. */
export function diagramSvg(diagram: Diagram, placement: Placement, styled: boolean): string {
  const { width, height } = placement;
  const { title, summary } = diagram;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="quantlens-diagram" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="graphics-document" aria-label="${escape(`Diagram of ${title}, ${summary}`)}" font-family="${fontFamily}">`,
    `<title>${escape(title)}</title>`,
    `<desc>${escape(summary)}</desc>`,
    ...(styled ? [`<style>${styleSheet()}</style>`] : []),
    `<defs><marker id="quantlens-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="arrow" fill="${paper.line}" d="M0 0.5 8 4 0 7.5z"/></marker></defs>`,
    `<rect class="canvas" fill="${paper.canvas}" width="${width}" height="${height}"/>`,
    header(diagram, width),
    '<g aria-hidden="true">',
    ...placement.edges.map(edgeLine),
    "</g>",
    ...diagram.nodes.map((node, index) => nodeGroup(node, placement.nodes[index])),
    '<g aria-hidden="true">',
    ...placement.edges.map((edge, index) => edgeLabel(diagram.edges[index]?.label ?? "", edge)),
    "</g>",
    "</svg>\n",
  ].join("\n");
}

function header({ title, summary, largestShare }: Diagram, width: number): string {
  const { margin } = metrics;
  const legend = `share of the score, to ${largestShare}`;
  const right = width - margin;
  // Beside the title where both fit, below it in a narrow drawing.
  const isWide = width > 2 * margin + 140 + textWidth(legend, 10) + textWidth(summary, 11);
  const [x, y] = isWide ? [right, 32] : [margin + 100 + textWidth(legend, 10), 62];
  return [
    text("name", margin, 28, title, 'font-size="16" font-weight="600"'),
    text("line", margin, 46, summary, 'font-size="11"'),
    '<g aria-hidden="true">',
    ...[0.2, 0.4, 0.6, 0.8, 1].map((heat, index) => {
      const at = x - textWidth(legend, 10) - 100 + index * 18;
      return `<rect class="heat" fill="${paper.heat}" fill-opacity="${heat * mostHeat}" x="${round(at)}" y="${y - 9}" width="18" height="11"/>`;
    }),
    text("line", x - textWidth(legend, 10), y, legend, 'font-size="10"'),
    "</g>",
  ].join("\n");
}

function nodeGroup(node: DiagramNode, placed: PlacedNode | undefined): string {
  if (!placed) return "";
  const { kind, title, lines, heat, description, node: name } = node;
  const { width, height } = placed;
  const radius = kind === "operation" ? 5 : 14;
  const [left, top] = [placed.x - width / 2, placed.y - height / 2];
  const shape = `x="${round(left)}" y="${round(top)}" width="${width}" height="${height}" rx="${radius}"`;
  const color = kind === "operation" ? paper.node : kind === "quantizer" ? paper.quantizer : paper.terminal;
  const baseline = top + metrics.padding.y + metrics.titleSize;
  return [
    `<g id="${node.id}" role="graphics-symbol" aria-label="${escape(description)}"${name === undefined ? "" : ` data-node="${escape(name)}"`}>`,
    `<title>${escape(description)}</title>`,
    `<rect class="box ${kind}" fill="${color}" stroke="${paper.border}" ${shape}/>`,
    ...(heat > 0
      ? [`<rect class="heat" fill="${paper.heat}" fill-opacity="${round(heat * mostHeat, 3)}" ${shape}/>`]
      : []),
    text("title", placed.x, baseline, title, `font-size="${metrics.titleSize}" font-weight="600" ${middle}`),
    ...lines.map((line, index) =>
      text(
        index === 0 && heat === 0 ? "line" : "detail",
        placed.x,
        baseline + metrics.titleHeight - 2 + index * metrics.lineHeight,
        line,
        `font-size="${metrics.lineSize}" ${middle}`,
      ),
    ),
    "</g>",
  ].join("");
}

/** What XML cannot hold. */
const unprintable = /(?![\t\n\r])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu;

const middle = 'text-anchor="middle"';

function edgeLine({ points, square, stem }: PlacedEdge): string {
  if (points.length < 2) return "";
  const path = (stem ? squarePath(stem) : "") + (square ? squarePath(points) : smoothPath(points));
  return `<path class="edge" fill="none" stroke="${paper.line}" stroke-width="1.2" marker-end="url(#quantlens-arrow)" d="${path}"/>`;
}

/** The label hides the line behind it. */
function edgeLabel(label: string, { label: at }: PlacedEdge): string {
  if (!at) return "";
  const width = textWidth(label, metrics.labelSize);
  return [
    `<rect class="canvas" fill="${paper.canvas}" x="${round(at.x - width / 2)}" y="${round(at.y - 7)}" width="${round(width)}" height="${metrics.labelHeight}"/>`,
    text("label", at.x, at.y + 3.5, label, `font-size="${metrics.labelSize}" ${middle}`),
  ].join("");
}

/** Leaves and enters every point vertically. */
function smoothPath(points: readonly Point[]): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (!before) return `M${round(x)} ${round(y)}`;
      if (before.x === x) return `V${round(y)}`;
      const half = (before.y + y) / 2;
      return `C${round(before.x)} ${round(half)} ${round(x)} ${round(half)} ${round(x)} ${round(y)}`;
    })
    .join("");
}

/** Right angles with rounded corners. */
function squarePath(points: readonly Point[]): string {
  const parts = points.map(({ x, y }, index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (!before) return `M${round(x)} ${round(y)}`;
    if (!after) return `L${round(x)} ${round(y)}`;
    const near = towards({ x, y }, before);
    const next = towards({ x, y }, after);
    return `L${round(near.x)} ${round(near.y)}Q${round(x)} ${round(y)} ${round(next.x)} ${round(next.y)}`;
  });
  return parts.join("");
}

/** The point at which a corner begins to be round. */
function towards(corner: Point, other: Point): Point {
  const distance = Math.hypot(other.x - corner.x, other.y - corner.y);
  const part = distance === 0 ? 0 : Math.min(6, distance / 2) / distance;
  return { x: corner.x + (other.x - corner.x) * part, y: corner.y + (other.y - corner.y) * part };
}

function text(className: string, x: number, y: number, content: string, attributes: string): string {
  const { ink, muted } = paper;
  const color = className === "line" || className === "label" ? muted : ink;
  return `<text class="${className}" fill="${color}" x="${round(x)}" y="${round(y)}" ${attributes}>${escape(content)}</text>`;
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** Text as XML may have it. */
function escape(content: string): string {
  return escapeMarkup(content.replace(unprintable, "\uFFFD"));
}
