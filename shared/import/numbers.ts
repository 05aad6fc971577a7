/** Numbers of a file in their shortest form: what was written as 0.1 and stored in 32 bits is 0.1 again. */

/** The shortest decimal that is this float32 when it is rounded to one; a number that is no float32 stays as it is. */
export function shortestFloat32(value: number): number {
  if (Math.fround(value) !== value || Number.isInteger(value)) return value;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** True when the two are the same float32. */
export function sameFloat32(a: number, b: number): boolean {
  return Math.fround(a) === Math.fround(b);
}
