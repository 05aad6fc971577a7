/** Complex samples, and what is measured on them. */

export interface Signal {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export function newSignal(length: number): Signal {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** Mean of the squared magnitude. */
export function meanPower({ re, im }: Signal): number {
  let sum = 0;
  for (let index = 0; index < re.length; index++) {
    const real = re[index] ?? 0;
    const imaginary = im[index] ?? 0;
    sum += real * real + imaginary * imaginary;
  }
  return sum / re.length;
}

/** Scales a signal in place to this mean power. */
export function setPower(signal: Signal, power: number): void {
  const factor = Math.sqrt(power / meanPower(signal));
  for (let index = 0; index < signal.re.length; index++) {
    signal.re[index] = (signal.re[index] ?? 0) * factor;
    signal.im[index] = (signal.im[index] ?? 0) * factor;
  }
}
