/** Breaks a strip into columns of about the same height, so that a deep network fits on a page. */
import { metrics } from "./metrics.js";
import type { Block } from "./strip.js";
import type { Point } from "./types.js";

/** Width over height of a page that is pleasant to look at. */
const pageRatio = 1.3;
/** A column may be so much higher than the others rather than leave a short rest. */
const slack = 1.15;
/** A strip that is not higher stays one column. */
const leastHeight = 900;

export interface Column {
  /** How its blocks are moved from their places in the strip. */
  readonly shift: Point;
  readonly top: number;
  readonly bottom: number;
  /** Where the lines on its right side begin, and where they end: the left border of what comes next. */
  readonly laneStart: number;
  readonly laneEnd: number;
}

/** The blocks of each column, in order. */
export function groupIntoColumns(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const height = extent(blocks);
  const width = Math.max(0, ...blocks.map(({ left, right }) => right - left)) + metrics.gutter;
  const number = height <= leastHeight ? 1 : Math.max(1, Math.round(Math.sqrt((pageRatio * height) / width)));
  const wanted = Math.max(height / number, ...highest(blocks));
  const groups: Block[][] = [];
  for (const block of blocks) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    if (group && first && block.bottom - first.top <= wanted * slack) group.push(block);
    else groups.push([block]);
  }
  return groups;
}

/** The height of the block that cannot be lower, in a list; none without blocks. */
function highest(blocks: readonly Block[]): number[] {
  return blocks.length === 0 ? [] : [most(blocks.map(({ top, bottom }) => bottom - top))];
}

/** Stands the columns beside each other. `lanes`: lines on the right side of each; `buses`: lines above all of them. */
export function standColumns(
  groups: readonly (readonly Block[])[],
  lanes: readonly number[],
  buses: number,
): readonly Column[] {
  const top = metrics.headerHeight + (buses > 0 ? (buses + 1) * metrics.lane : 0);
  let left: number = metrics.margin;
  return groups.map((blocks, index) => {
    const strip = {
      left: Math.min(...blocks.map((block) => block.left)),
      right: Math.max(...blocks.map((block) => block.right)),
      top: Math.min(...blocks.map((block) => block.top)),
    };
    const shift = { x: left - strip.left, y: top - strip.top };
    const laneStart = strip.right + shift.x + metrics.gutter / 2;
    const laneEnd = laneStart + (lanes[index] ?? 0) * metrics.lane + metrics.gutter / 2;
    left = laneEnd;
    return { shift, top, bottom: top + extent(blocks), laneStart, laneEnd };
  });
}

function extent(blocks: readonly Block[]): number {
  const tops = blocks.map(({ top }) => top);
  const bottoms = blocks.map(({ bottom }) => bottom);
  return blocks.length === 0 ? 0 : most(bottoms) - least(tops);
}

/** There may be more blocks than a call can have arguments. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Infinity);
}

function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
