/** Sizes that placing and drawing share, in pixels. */
import { textWidth } from "./text.js";
import type { DiagramNode } from "./types.js";

export const metrics = {
  titleSize: 13,
  lineSize: 11,
  labelSize: 10,
  titleHeight: 18,
  lineHeight: 15,
  padding: { x: 12, y: 7 },
  /** Between the bottom of a node and the top of the next. */
  gap: 44,
  labelHeight: 14,
  /** Between nodes side by side. */
  beside: 28,
  /** Between two lines side by side. */
  lane: 10,
  /** Between columns, without the lines in it. */
  gutter: 36,
  margin: 24,
  headerHeight: 72,
  /** Room for the title and the legend. */
  leastPage: 420,
} as const;

const leastWidth = 96;
/** Widths are rounded up, so that blocks which differ in the length of a name only are placed once. */
const step = 24;

/** The size of a node's box. */
export function nodeSize({ title, lines }: DiagramNode): { readonly width: number; readonly height: number } {
  const widths = [textWidth(title, metrics.titleSize), ...lines.map((line) => textWidth(line, metrics.lineSize))];
  return {
    width: roundedUp(Math.max(leastWidth, ...widths.map((width) => width + 2 * metrics.padding.x))),
    height: metrics.titleHeight + lines.length * metrics.lineHeight + 2 * metrics.padding.y,
  };
}

/** The width of the room that a label has. */
export function labelWidth(label: string): number {
  return roundedUp(textWidth(label, metrics.labelSize));
}

function roundedUp(width: number): number {
  return Math.ceil(width / step) * step;
}
