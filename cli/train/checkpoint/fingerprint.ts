/** Which architecture a checkpoint belongs to. */
import { createHash } from "node:crypto";
import type { TrainProgram } from "../program.js";

/**
 * A digest of what the network computes: operators, quantisers, shapes and names, but not initial values. Two programs
 * with the same fingerprint take the same checkpoints and train alike from them.
 */
export function fingerprintOf({ values, ops, quantizers, parameters, input, output }: TrainProgram): string {
  const text = JSON.stringify({
    shapes: values.map(({ shape }) => shape),
    ops,
    quantizers,
    parameters: parameters.map(({ name, shape, kind, trainable }) => ({ name, shape, kind, trainable })),
    input,
    output,
  });
  return digest(text);
}

/** SHA-256 as hexadecimal digits. */
export function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
