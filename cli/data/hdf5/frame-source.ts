/** Frames of a file, read by the thread that calls. */
export interface FrameSource {
  /** Copies frames (numbers of them, in any order) in the model's order into `into`. Throws a `FileProblem`. */
  read(frames: Uint32Array, into: Float32Array): void;
  close(): void;
}

/** Positions of the frames in ascending order of their numbers: files are read forwards. */
export function ascending(frames: Uint32Array): Uint32Array {
  const positions = new Uint32Array(frames.length);
  let sorted = true;
  for (let index = 0; index < frames.length; index++) {
    positions[index] = index;
    sorted &&= index === 0 || (frames[index] ?? 0) >= (frames[index - 1] ?? 0);
  }
  return sorted ? positions : positions.sort((a, b) => (frames[a] ?? 0) - (frames[b] ?? 0));
}
