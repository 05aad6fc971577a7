/** A model file gives the same graph every time: the clock stands still and the dice are loaded. */

/** The instant that `Date` shows: the day on which the challenge ended, 2021-10-01 UTC. */
const now = Date.UTC(2021, 9, 1);

/** Replaces `Date`'s idea of now and `Math.random` (mulberry32 with a fixed seed). */
export function installDeterminism(): void {
  const RealDate = Date;
  const FixedDate = new Proxy(RealDate, {
    apply: () => new RealDate(now).toString(),
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now] : args, newTarget) as object,
    get: (target, key, receiver) => (key === "now" ? () => now : (Reflect.get(target, key, receiver) as unknown)),
  });
  globalThis.Date = FixedDate;
  RealDate.prototype.constructor = FixedDate;
  let state = 0x9e3779b9;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
