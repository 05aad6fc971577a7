/** Rounding as the quantisers' `rounding_mode` names it. */

/** Rounds to the nearest whole number, ties to the even one, as NumPy, PyTorch and ONNX do. */
export function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const modes: ReadonlyMap<string, (x: number) => number> = new Map([
  ["ROUND", roundHalfToEven],
  ["HALF_EVEN", roundHalfToEven],
  ["CEIL", Math.ceil],
  ["FLOOR", Math.floor],
  ["UP", (x: number) => Math.sign(x) * Math.ceil(Math.abs(x))],
  ["DOWN", Math.trunc],
  ["ROUND_TO_ZERO", Math.trunc],
  ["HALF_UP", (x: number) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5)],
  ["HALF_DOWN", (x: number) => Math.sign(x) * Math.ceil(Math.abs(x) - 0.5)],
]);

/** The function for a `rounding_mode`; half-to-even for one that is not known. */
export function roundingFunction(mode: string): (x: number) => number {
  return modes.get(mode.toUpperCase()) ?? roundHalfToEven;
}

/** True for the mode that all official tools default to. */
export function roundsHalfToEven(mode: string): boolean {
  return roundingFunction(mode) === roundHalfToEven;
}
