/** Questions to the server that a panel asks again and again. */

/**
 * Asks one question at a time: what changes while one is being answered is asked for once, afterwards. `ask` must not
 * reject.
 */
export function oneAtATime(ask: () => Promise<void>): () => Promise<void> {
  let state: "idle" | "asking" | "outdated" = "idle";
  /** A function, because the state changes during the question. */
  const isOutdated = (): boolean => state === "outdated";
  return async () => {
    if (state !== "idle") {
      state = "outdated";
      return;
    }
    do {
      state = "asking";
      await ask();
    } while (isOutdated());
    state = "idle";
  };
}
