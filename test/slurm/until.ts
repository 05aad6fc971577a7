/** Waiting for a state of something outside, with a limit. */

const pollMs = 50;

/** Resolves with the first result that is not `undefined`. Throws with `what` when there is none in time. */
export async function until<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  limitMs = 60_000,
): Promise<T> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > limit) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
