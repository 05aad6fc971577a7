/** Where threads wait for each other. The last one to arrive does what is to be done alone and lets the others go on. */

/** int32 slots of the shared control block. */
const slots = { arrived: 0, generation: 1, nextChunk: 2, aborted: 3 } as const;

/** Looks at the generation before a thread goes to sleep: waking up takes longer than most waits. */
const spins = 2000;

export function createControl(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * Object.keys(slots).length);
}

/** Thrown in threads that wait for one that has failed. */
export class AbortedError extends Error {
  override readonly name = "AbortedError";
}

export class Barrier {
  private readonly control: Int32Array;

  constructor(
    control: SharedArrayBuffer,
    private readonly threads: number,
  ) {
    this.control = new Int32Array(control);
  }

  /** Waits until all threads are here; the last one runs `action` first. */
  meet(action: () => void): void {
    const { control } = this;
    const generation = Atomics.load(control, slots.generation);
    if (Atomics.add(control, slots.arrived, 1) + 1 === this.threads) {
      action();
      Atomics.store(control, slots.arrived, 0);
      Atomics.store(control, slots.nextChunk, 0);
      Atomics.add(control, slots.generation, 1);
      Atomics.notify(control, slots.generation);
      return;
    }
    for (let spin = 0; spin < spins; spin++) {
      if (Atomics.load(control, slots.generation) !== generation) break;
    }
    while (Atomics.load(control, slots.generation) === generation) {
      if (Atomics.load(control, slots.aborted) !== 0) throw new AbortedError();
      Atomics.wait(control, slots.generation, generation);
    }
    if (Atomics.load(control, slots.aborted) !== 0) throw new AbortedError();
  }

  /** Number of the next piece of work since the last meeting. */
  takeChunk(): number {
    return Atomics.add(this.control, slots.nextChunk, 1);
  }

  /** Wakes all threads up; every one of them throws. */
  abort(): void {
    Atomics.store(this.control, slots.aborted, 1);
    Atomics.add(this.control, slots.generation, 1);
    Atomics.notify(this.control, slots.generation);
  }
}
