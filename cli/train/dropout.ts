/** Which elements dropout keeps: a function of seed, step, operator and element alone, so that all backends agree. */

/** The key of one operator in one step. `op` is its index in `TrainProgram.ops`. */
export function dropoutKey(seed: number, step: number, op: number): number {
  return mix(mix(mix(seed) ^ step) ^ op);
}

/**
 * True when the element is kept, which it is with probability `1 - p`.
 * @param index `sample * elements per sample + element`
 */
export function keepsElement(key: number, index: number, p: number): boolean {
  return mix(key ^ index) >= dropThreshold(p);
}

/** Hashes below this are dropped: `p` as a share of 2^32. */
export function dropThreshold(p: number): number {
  return Math.round(p * 2 ** 32);
}

/** A bijection of 32-bit numbers whose every output bit depends on every input bit: C. Wellons' `triple32`. */
export function mix(value: number): number {
  let hash = value | 0;
  hash ^= hash >>> 17;
  hash = Math.imul(hash, 0xed5ad4bb);
  hash ^= hash >>> 11;
  hash = Math.imul(hash, 0xac4c1b51);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x31848bab);
  hash ^= hash >>> 14;
  return hash >>> 0;
}
