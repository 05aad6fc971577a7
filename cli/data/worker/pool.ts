/** Things that are used by one at a time, such as buffers. */
export interface Pool<T> {
  /** Runs `work` with one of the things, as soon as one is free; whoever asked first has it first. */
  use(work: (thing: T) => Promise<void>): Promise<void>;
}

export function createPool<T>(things: readonly T[]): Pool<T> {
  const free = [...things];
  const waiting: ((thing: T) => void)[] = [];
  const take = (): Promise<T> => {
    const thing = free.pop();
    return thing === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(thing);
  };
  const giveBack = (thing: T) => {
    const next = waiting.shift();
    if (next === undefined) free.push(thing);
    else next(thing);
  };
  return {
    use: async (work) => {
      const thing = await take();
      try {
        await work(thing);
      } finally {
        giveBack(thing);
      }
    },
  };
}
