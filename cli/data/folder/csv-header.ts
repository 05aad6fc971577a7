/**
 * Whether the first line of a table has the names of its columns. NumPy's `savetxt` writes none, or one behind `#`; pandas
 * writes one unless it is told not to, by default the numbers 0, 1, 2, ..., which look like a sample.
 */

/** Spellings of numbers that are missing, or none, by which a sample may begin. */
const noNumber = /^(?:[+-]?(?:nan|inf|infinity)|n\/?a|#n\/a|null|none)?$/i;

/** True for a line that begins with a word. */
export function beginsWithWord([first = ""]: readonly string[]): boolean {
  return Number.isNaN(Number(first)) && !noNumber.test(first.trim());
}

/** Names that are numbers are wavelengths, frequencies, times: so many of them in order are hardly a sample. */
const fewestInOrder = 8;

/** Why numbers in a first line may be names of columns; `undefined` when they are a sample. `isOnlyOrdered`: no later line is. */
export function doubtOf(cells: readonly string[], isOnlyOrdered: boolean): string | undefined {
  if (cells.length > 1 && cells.every((cell, column) => cell.trim() === String(column)))
    return `counts from 0 to ${cells.length - 1}, as pandas names columns`;
  if (cells.length >= fewestInOrder && isOnlyOrdered && isOrdered(cells.map(Number)))
    return "has its numbers in order, as no other line has, so that they may be names of columns";
  return undefined;
}

/** True when all numbers rise, or all of them fall. */
export function isOrdered(numbers: ArrayLike<number>): boolean {
  const direction = Math.sign((numbers[1] ?? NaN) - (numbers[0] ?? NaN));
  if (direction !== 1 && direction !== -1) return false;
  for (let at = 2; at < numbers.length; at++)
    if (!(direction * ((numbers[at] ?? NaN) - (numbers[at - 1] ?? NaN)) > 0)) return false;
  return true;
}
