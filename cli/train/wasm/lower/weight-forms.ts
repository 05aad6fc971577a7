/** Layouts of a correlation's weight: tables of indices in PyTorch's order, -1 for zeros. */
import { roundUp } from "../layout.js";
import { paddedChannels, scatterRuns, type Block, type Correlation } from "./correlation.js";

/** (lines, positions, channels): one weight per channel and tap. */
export function depthwiseForm(correlation: Correlation): Int32Array {
  const { lines, positions, wideChannels, weightIndex } = correlation;
  const { wide } = paddedChannels(correlation);
  return Int32Array.from({ length: lines.taps * positions.taps * wide }, (_, at) => {
    const channel = at % wide;
    const tap = Math.floor(at / wide);
    if (channel >= wideChannels) return -1;
    return weightIndex(channel, 0, Math.floor(tap / positions.taps), tap % positions.taps);
  });
}

/** Rows of a block's matrix for gathering: what one tap takes of A, all its channels padded or just the block's. */
export function gatherDepth(correlation: Correlation, { wide: [, count] }: Block): number {
  return correlation.blocks.length === 1 ? paddedChannels(correlation).wide : count;
}

/** Rows of a block's matrix for scattering. */
export function scatterDepth(correlation: Correlation, { narrow: [, count] }: Block): number {
  return correlation.blocks.length === 1 ? paddedChannels(correlation).narrow : count;
}

/** Per block (lines, positions, depth of A, channels of B). */
export function gatherForm(correlation: Correlation): Int32Array {
  const { lines, positions, blocks } = correlation;
  const table: number[] = [];
  for (const block of blocks) {
    const depth = gatherDepth(correlation, block);
    const width = roundUp(block.narrow[1], 4);
    for (let line = 0; line < lines.taps; line++)
      for (let position = 0; position < positions.taps; position++)
        for (let a = 0; a < depth; a++)
          for (let b = 0; b < width; b++) table.push(blockIndex(correlation, block, b, a, line, position));
  }
  return Int32Array.from(table);
}

/** Per block and line tap, for each run of positions (taps from the last to the first, depth of B, channels of A). */
export function scatterForm(correlation: Correlation): Int32Array {
  const { lines, positions, blocks } = correlation;
  const table: number[] = [];
  for (const block of blocks) {
    const depth = scatterDepth(correlation, block);
    const width = roundUp(block.wide[1], 4);
    for (let line = 0; line < lines.taps; line++)
      for (const { taps, firstTap, tapStride } of scatterRuns(positions))
        for (let m = taps - 1; m >= 0; m--)
          for (let b = 0; b < depth; b++)
            for (let a = 0; a < width; a++)
              table.push(blockIndex(correlation, block, b, a, line, firstTap + m * tapStride));
  }
  return Int32Array.from(table);
}

/** For every weight in PyTorch's order its number in the accumulators of the weight gradient, which lie as forward weights do. */
export function gradientTable(form: Int32Array, count: number): Int32Array {
  const table = new Int32Array(count);
  for (const [at, index] of form.entries()) if (index >= 0) table[index] = at;
  return table;
}

/** Index of the weight between two channels of a block; -1 if it has none. */
function blockIndex(
  { wideChannels, narrowChannels, groups, weightIndex }: Correlation,
  { wide, narrow }: Block,
  b: number,
  a: number,
  line: number,
  position: number,
): number {
  if (a >= wide[1] || b >= narrow[1]) return -1;
  const [perWide, perNarrow] = [wideChannels / groups, narrowChannels / groups];
  const [channelA, channelB] = [wide[0] + a, narrow[0] + b];
  if (Math.floor(channelA / perWide) !== Math.floor(channelB / perNarrow)) return -1;
  return weightIndex(channelB, channelA % perWide, line, position);
}
