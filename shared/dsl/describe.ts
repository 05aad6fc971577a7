/** How messages name a value that was found, and the word that was probably meant. */

const longestText = 40;

/** A few words for any value: `undefined`, `-1`, `"same"`, `[1, "a"]`, `an array of 9`, `a function`, `an object`. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > longestText ? `${value.slice(0, longestText)}…` : value);
    case "bigint":
      return "a BigInt";
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    case "object":
      return describeObject(value);
    default:
      return Object.is(value, -0) ? "-0" : String(value);
  }
}

function describeObject(value: object | null): string {
  if (value === null) return "null";
  if (value instanceof Promise) return "a promise";
  if (!Array.isArray(value)) return "an object";
  // Spread, so that a hole is an item too.
  const items: readonly unknown[] = value.length <= 4 ? [...(value as readonly unknown[])] : [undefined];
  const isPlain = items.every((item) => typeof item === "number" || typeof item === "string");
  return isPlain ? `[${items.map((item) => describe(item)).join(", ")}]` : `an array of ${value.length}`;
}

/**
 * The candidate that is most like `name`: equal but for case and underscores (`out_channels`), or within a third of
 * its letters by edit distance. `undefined` when none is near.
 */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  const wanted = plain(name.slice(0, longestText));
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.ceil(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance: the fewest insertions, deletions and replacements of a letter. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
