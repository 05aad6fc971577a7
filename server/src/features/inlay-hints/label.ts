/** Puts the parts of a hint together within its length. */

const separator = " · ";
const ellipsis = "…";

/** Leaves out whole parts from the end rather than cutting a number; only a first part that is too long is cut. */
export function joinParts(parts: readonly string[], maxLength: number): string {
  const [first] = parts;
  if (first === undefined) return "";
  const whole = parts.join(separator);
  if (whole.length <= maxLength) return whole;
  for (let count = parts.length - 1; count > 0; count--) {
    const shortened = parts.slice(0, count).join(separator) + separator + ellipsis;
    if (shortened.length <= maxLength) return shortened;
  }
  return first.length <= maxLength ? first : first.slice(0, Math.max(0, maxLength - 1)) + ellipsis;
}
