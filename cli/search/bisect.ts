/** The last of a row of things that passes a test which all before it pass, too. */

/**
 * Looks in the middle of what is open. `undefined` when the first fails already.
 * @param count at least 1
 */
export async function lastPassing(
  count: number,
  passes: (index: number) => Promise<boolean>,
): Promise<number | undefined> {
  if (!(await passes(0))) return undefined;
  let [good, bad] = [0, count];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await passes(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
