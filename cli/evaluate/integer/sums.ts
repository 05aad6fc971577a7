/** Sums of products: the inner loops of the integer network, over weights that are not zero. */

/**
 * The weights of one matrix or convolution as lists of taps per output channel: output (o, y, x) is
 * `initial[o] + sum of weights[t] * input[offsets[t] + y * rowStep + x * columnStep]` for t in `starts[o] .. starts[o + 1] - 1`.
 */
export interface Taps<Values extends Int32Array | Float64Array> {
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
  readonly weights: Values;
  /** Biases, by output channel. */
  readonly initial: Values;
}

export interface SumShape {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** In 32-bit integers. The caller has shown that no sum leaves their range. Four taps at a time: a fourth of the stores. */
export function integerSums(input: Int32Array, taps: Taps<Int32Array>, shape: SumShape, out: Int32Array): void {
  const { starts, offsets, weights, initial } = taps;
  const { channels, rows, columns, rowStep, columnStep } = shape;
  for (let channel = 0; channel < channels; channel++) {
    const end = starts[channel + 1] ?? 0;
    out.fill(initial[channel] ?? 0, channel * rows * columns, (channel + 1) * rows * columns);
    for (let tap = starts[channel] ?? 0; tap < end; tap += 4) {
      // Beyond the last tap: weight 0 on the tap's own element.
      const w0 = weights[tap] ?? 0;
      const w1 = tap + 1 < end ? (weights[tap + 1] ?? 0) : 0;
      const w2 = tap + 2 < end ? (weights[tap + 2] ?? 0) : 0;
      const w3 = tap + 3 < end ? (weights[tap + 3] ?? 0) : 0;
      const p0 = offsets[tap] ?? 0;
      const p1 = tap + 1 < end ? (offsets[tap + 1] ?? 0) : p0;
      const p2 = tap + 2 < end ? (offsets[tap + 2] ?? 0) : p0;
      const p3 = tap + 3 < end ? (offsets[tap + 3] ?? 0) : p0;
      for (let row = 0; row < rows; row++) {
        const to = (channel * rows + row) * columns;
        let from = row * rowStep;
        for (let column = 0; column < columns; column++) {
          const sum01 = (Math.imul(w0, input[p0 + from] ?? 0) + Math.imul(w1, input[p1 + from] ?? 0)) | 0;
          const sum23 = (Math.imul(w2, input[p2 + from] ?? 0) + Math.imul(w3, input[p3 + from] ?? 0)) | 0;
          out[to + column] = ((out[to + column] ?? 0) + ((sum01 + sum23) | 0)) | 0;
          from += columnStep;
        }
      }
    }
  }
}

/** In double precision: for floats, and for integers up to 2^53, whose sums are exact. */
export function wideSums(
  input: Int32Array | Float64Array,
  taps: Taps<Int32Array | Float64Array>,
  shape: SumShape,
  out: Float64Array,
): void {
  const { starts, offsets, weights, initial } = taps;
  const { channels, rows, columns, rowStep, columnStep } = shape;
  for (let channel = 0; channel < channels; channel++) {
    out.fill(initial[channel] ?? 0, channel * rows * columns, (channel + 1) * rows * columns);
    for (let tap = starts[channel] ?? 0; tap < (starts[channel + 1] ?? 0); tap++) {
      const weight = weights[tap] ?? 0;
      for (let row = 0; row < rows; row++) {
        const to = (channel * rows + row) * columns;
        let from = (offsets[tap] ?? 0) + row * rowStep;
        for (let column = 0; column < columns; column++) {
          out[to + column] = (out[to + column] ?? 0) + weight * (input[from] ?? 0);
          from += columnStep;
        }
      }
    }
  }
}
