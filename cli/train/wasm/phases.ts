/**
 * The input gradient of a convolution as convolutions with stride 1: input positions that leave the same remainder after
 * division by the stride (a phase) see the same taps.
 */
export interface GradientPhase {
  /** Serves the padded input's positions `stride * q + phase`. */
  readonly phase: number;
  /** The taps are `firstTap + m * tapStride` for `m` from 0 to `taps - 1`; none: the gradient is 0. */
  readonly firstTap: number;
  readonly taps: number;
  readonly tapStride: number;
  /** Tap `m` of position `stride * q + phase` meets row `q + rowOffset - m * rowStep` of the output's gradient. */
  readonly rowOffset: number;
  readonly rowStep: number;
}

/**
 * One dimension: `dx[j] = sum over k of d[(j - k * dilation) / stride] * w[k]` where the division has no remainder.
 * Rows outside the output's gradient count as zeros: give it that many zero rows as a margin.
 */
export function inputGradientPhases(taps: number, stride: number, dilation: number): readonly GradientPhase[] {
  const common = greatestCommonDivisor(stride, dilation);
  const tapStride = stride / common;
  return Array.from({ length: stride }, (_, phase) => {
    const firstTap = firstTapOfPhase(phase, stride, dilation, Math.min(taps, tapStride));
    return {
      phase,
      firstTap: firstTap ?? 0,
      taps: firstTap === undefined ? 0 : Math.ceil((taps - firstTap) / tapStride),
      tapStride,
      rowOffset: firstTap === undefined ? 0 : (phase - firstTap * dilation) / stride,
      rowStep: dilation / common,
    };
  });
}

function firstTapOfPhase(phase: number, stride: number, dilation: number, candidates: number): number | undefined {
  for (let tap = 0; tap < candidates; tap++) if ((phase - tap * dilation) % stride === 0) return tap;
  return undefined;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
