/** The kernel calls of a correlation's three passes, for one sample. */
import type { SinkContext } from "../flow/flow.js";
import { offset, type Place } from "../flow/place.js";
import { roundUp } from "../layout.js";
import { paddedChannels, scatterRuns, type Block, type Correlation, type ScatterRun } from "./correlation.js";
import type { PlacedTensor } from "./padding.js";
import { gatherDepth, scatterDepth } from "./weight-forms.js";

type Calls = Pick<SinkContext, "call">;

/** Makes B of A. `weight` is in gather form, or depthwise. */
export function gather(
  context: Calls,
  correlation: Correlation,
  wide: PlacedTensor,
  weight: Place,
  narrow: Place,
  accumulate: 0 | 1,
): void {
  const { lines, positions, isDepthwise } = correlation;
  const channels = paddedChannels(correlation);
  for (let line = 0; line < lines.narrow; line++) {
    const from = offset(wide.origin, gatherOrigin(correlation, wide.pitch, line));
    const to = offset(narrow, line * positions.narrow * channels.narrow);
    const places = { from, pitch: wide.pitch, weight, to, accumulate };
    if (isDepthwise) gatherDepthwise(context, correlation, places);
    else gatherDense(context, correlation, places);
  }
}

interface GatherPlaces {
  /** What the line of B meets first in A. */
  readonly from: Place;
  readonly pitch: number;
  readonly weight: Place;
  readonly to: Place;
  readonly accumulate: 0 | 1;
}

function gatherDepthwise({ call }: Calls, correlation: Correlation, places: GatherPlaces): void {
  const { lines, positions } = correlation;
  const { wide: c } = paddedChannels(correlation);
  const { from, pitch, weight, to, accumulate } = places;
  const [rowStep, tapRowStep, tapStep] = [positions.stride * c, lines.dilation * pitch, positions.dilation * c];
  const { narrow: rows, taps } = positions;
  const tapRows = lines.taps;
  call("depthwise", rows, c, tapRows, taps, from, rowStep, tapRowStep, tapStep, weight, taps * c, c, to, c, accumulate);
}

function gatherDense({ call }: Calls, correlation: Correlation, places: GatherPlaces): void {
  const { positions } = correlation;
  const channels = paddedChannels(correlation);
  const [ldx, ldy] = [positions.stride * channels.wide, channels.narrow];
  for (const product of gatherProducts(correlation, places.pitch)) {
    const { inner, outer, wideOffset, weightOffset, narrowOffset, isFirst } = product;
    const [x, w] = [offset(places.from, wideOffset), offset(places.weight, weightOffset)];
    const y = offset(places.to, narrowOffset);
    call("gemm", positions.narrow, inner, outer, x, ldx, w, outer, y, ldy, isFirst ? places.accumulate : 1);
  }
}

/** Adds a sample's part to the weight's gradient, which lies as the weight in gather form. */
export function gatherWeightGradient(
  { call }: Calls,
  correlation: Correlation,
  wide: PlacedTensor,
  narrow: PlacedTensor,
  accumulators: Place,
): void {
  const { lines, positions, isDepthwise } = correlation;
  const channels = paddedChannels(correlation);
  for (let line = 0; line < lines.narrow; line++) {
    const x = offset(wide.origin, gatherOrigin(correlation, wide.pitch, line));
    const d = offset(narrow.origin, line * narrow.pitch);
    const rows = positions.narrow;
    if (isDepthwise) {
      const { wide: c } = channels;
      const [rowStep, tapRowStep, tapStep] = [
        positions.stride * c,
        lines.dilation * wide.pitch,
        positions.dilation * c,
      ];
      const [tapRows, taps] = [lines.taps, positions.taps];
      call("depthwiseGradWeight", rows, c, tapRows, taps, x, rowStep, tapRowStep, tapStep, d, c, accumulators);
    } else {
      for (const { inner, outer, wideOffset, weightOffset, narrowOffset } of gatherProducts(correlation, wide.pitch)) {
        const [from, into] = [offset(x, wideOffset), offset(accumulators, weightOffset)];
        const [ldx, ldd] = [positions.stride * channels.wide, channels.narrow];
        call("gemmGradWeight", rows, inner, outer, from, ldx, offset(d, narrowOffset), ldd, into, outer);
      }
    }
  }
}

/** What B's line meets first in A, in floats from A's origin. */
function gatherOrigin({ lines, positions, wideChannels }: Correlation, pitch: number, line: number): number {
  return (line * lines.stride - lines.before) * pitch - positions.before * roundUp(wideChannels, 4);
}

/** A matrix product that makes (a part of) a line of B. Offsets are in floats. */
interface GatherProduct {
  readonly inner: number;
  readonly outer: number;
  readonly wideOffset: number;
  readonly weightOffset: number;
  readonly narrowOffset: number;
  /** The first one of its channels. */
  readonly isFirst: boolean;
}

function gatherProducts(correlation: Correlation, pitch: number): readonly GatherProduct[] {
  const { lines, positions, blocks } = correlation;
  const { wide: channels } = paddedChannels(correlation);
  // Taps that are neighbours in memory are one long row of the matrix.
  const isJoined = blocks.length === 1 && (positions.dilation === 1 || positions.taps === 1);
  const steps = isJoined ? 1 : positions.taps;
  const products: GatherProduct[] = [];
  let begin = 0;
  for (const block of blocks) {
    const [depth, outer] = [gatherDepth(correlation, block), roundUp(block.narrow[1], 4)];
    for (let line = 0; line < lines.taps; line++)
      for (let step = 0; step < steps; step++)
        products.push({
          inner: (isJoined ? (positions.taps - 1) * channels : 0) + block.wide[1],
          outer,
          wideOffset: line * lines.dilation * pitch + step * positions.dilation * channels + block.wide[0],
          weightOffset: begin + (line * positions.taps + step) * depth * outer,
          narrowOffset: block.narrow[0],
          isFirst: line === 0 && step === 0,
        });
    begin += lines.taps * positions.taps * depth * outer;
  }
  return products;
}

/** Makes A of B. `weight` is in scatter form, or depthwise. */
export function scatter(
  context: Calls,
  correlation: Correlation,
  narrow: PlacedTensor,
  weight: Place,
  wide: Place,
  accumulate: 0 | 1,
): void {
  const { lines, positions } = correlation;
  const { wide: channels } = paddedChannels(correlation);
  const lineRuns = scatterRuns(lines);
  for (const lineRun of lineRuns) {
    for (let index = 0; index < lineRun.count; index++) {
      const line = lineRun.position + index * lines.stride;
      const to = offset(wide, line * positions.wide * channels);
      const from = offset(narrow.origin, (lineRun.first + index + lineRun.row) * narrow.pitch);
      for (const run of scatterRuns(positions)) {
        if (run.count === 0) continue;
        const target = offset(to, run.position * channels);
        const ld = positions.stride * channels;
        if (run.taps === 0 || lineRun.taps === 0) {
          if (accumulate === 0) context.call("fillRows", run.count, channels, 0, target, ld);
        } else if (correlation.isDepthwise) {
          scatterDepthwise(context, correlation, lineRun, run, {
            from,
            pitch: narrow.pitch,
            weight,
            target,
            accumulate,
          });
        } else {
          scatterDense(context, correlation, lineRun, run, { from, pitch: narrow.pitch, weight, target, accumulate });
        }
      }
    }
  }
}

interface ScatterPlaces {
  /** The line of B that the first tap of lines meets, at position 0. */
  readonly from: Place;
  readonly pitch: number;
  readonly weight: Place;
  readonly target: Place;
  readonly accumulate: 0 | 1;
}

function scatterDepthwise(
  { call }: Calls,
  correlation: Correlation,
  lineRun: ScatterRun,
  run: ScatterRun,
  { from, pitch, weight, target, accumulate }: ScatterPlaces,
): void {
  const { positions } = correlation;
  const { wide: c } = paddedChannels(correlation);
  const x = offset(from, (run.first + run.row) * c);
  const w = offset(weight, (lineRun.firstTap * positions.taps + run.firstTap) * c);
  const [tapRowStep, tapStep] = [-lineRun.rowStep * pitch, -run.rowStep * c];
  const [weightRowStep, weightStep] = [lineRun.tapStride * positions.taps * c, run.tapStride * c];
  const ld = positions.stride * c;
  const { count, taps } = run;
  call(
    "depthwise",
    count,
    c,
    lineRun.taps,
    taps,
    x,
    c,
    tapRowStep,
    tapStep,
    w,
    weightRowStep,
    weightStep,
    target,
    ld,
    accumulate,
  );
}

function scatterDense(
  { call }: Calls,
  correlation: Correlation,
  lineRun: ScatterRun,
  run: ScatterRun,
  { from, pitch, weight, target, accumulate }: ScatterPlaces,
): void {
  const { lines, positions, blocks } = correlation;
  const channels = paddedChannels(correlation);
  const isJoined = blocks.length === 1 && (run.rowStep === 1 || run.taps === 1);
  const steps = isJoined ? 1 : run.taps;
  const tapsBefore = tapsOfRunsBefore(correlation, run);
  let begin = 0;
  for (const block of blocks) {
    const [depth, outer] = [scatterDepth(correlation, block), roundUp(block.wide[1], 4)];
    const inner = (isJoined ? (run.taps - 1) * channels.narrow : 0) + block.narrow[1];
    for (let m = 0; m < lineRun.taps; m++)
      for (let step = 0; step < steps; step++) {
        const row = run.first + run.row - (run.taps - 1 - step) * run.rowStep;
        const x = offset(from, -m * lineRun.rowStep * pitch + row * channels.narrow + block.narrow[0]);
        const tap = (lineRun.firstTap + m * lineRun.tapStride) * positions.taps + tapsBefore + step;
        const w = offset(weight, begin + tap * depth * outer);
        const y = offset(target, block.wide[0]);
        const adds = m === 0 && step === 0 ? accumulate : 1;
        call("gemm", run.count, inner, outer, x, channels.narrow, w, outer, y, positions.stride * channels.wide, adds);
      }
    begin += blockFloats(lines.taps * positions.taps, block, depth);
  }
}

/** Taps in scatter form that belong to earlier runs of the same line. */
function tapsOfRunsBefore({ positions }: Correlation, { phase }: ScatterRun): number {
  return scatterRuns(positions).reduce((sum, run) => (run.phase < phase ? sum + run.taps : sum), 0);
}

function blockFloats(taps: number, { wide }: Block, depth: number): number {
  return taps * depth * roundUp(wide[1], 4);
}
