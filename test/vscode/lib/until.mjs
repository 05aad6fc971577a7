/**
 * Polls until `check` gives something true, and returns that. A check that throws counts as "not yet", except at the
 * end, when its message is part of the error.
 */
export async function until(what, check, limitMs = 90_000) {
  const end = performance.now() + limitMs;
  for (;;) {
    let last;
    try {
      last = await check();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end)
      throw new Error(`Waited ${limitMs / 1000} s for ${what}; last seen: ${String(last).slice(0, 600)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
