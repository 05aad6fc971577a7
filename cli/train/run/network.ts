/** The network in a session: put there, taken out, and made ready for the next stage. */
import type { Session } from "../backend.js";
import type { SavedNetwork } from "../checkpoint/checkpoint.js";
import { constrainWeights } from "../constrain.js";
import type { OptimizerState } from "../optimizers/optimizer.js";

/** Parameters and masks of a session with an optimiser's buffers: live, not copied. */
export function networkOf({ parameters, masks }: Session, optimizer?: OptimizerState): SavedNetwork {
  return { parameters, masks, buffers: optimizer?.buffers ?? new Map<string, Float32Array>() };
}

/** Puts parameters and masks into a session. Every parameter of the program must be among them. */
export function putNetwork(session: Session, { parameters, masks }: Omit<SavedNetwork, "buffers">): void {
  for (const { name } of session.program.parameters) {
    const values = parameters.get(name);
    if (values === undefined) throw new Error(`no values for the parameter ${name}`);
    session.parameters.get(name)?.set(values);
  }
  for (const name of new Set([...session.masks.keys(), ...masks.keys()])) session.setMask(name, masks.get(name));
  constrainWeights(session.program, session.parameters);
}

/** How long each quantiser has collected, as plain data. */
export function collectedOf({ collected }: Session): Readonly<Record<string, number>> {
  return Object.fromEntries([...collected].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function putCollected(session: Session, collected: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(collected))
    if (session.collected.has(name)) session.collected.set(name, count);
}

/** Longer collecting is not a phase: running statistics go on as long as the training. */
const longestPhase = 1_000_000;

/**
 * Ends the statistics phase of all learned quantisers, as loading saved weights does in Brevitas: each stage of the
 * challenge winner's recipe begins so. With `forGood` running statistics stop, too.
 */
export function endCollecting(session: Session, forGood = false): void {
  for (const { name, scale } of session.program.quantizers) {
    if (scale.kind !== "learned") continue;
    if (forGood || scale.collectSteps < longestPhase) session.collected.set(name, scale.collectSteps);
  }
}

/**
 * Makes pruned weights zero where they are stored. Within a stage the statistics of a weight quantiser read the weights
 * as they were before; the next stage of the winner's recipe loads a file that has zeros.
 */
export function settleZeros(session: Session): void {
  for (const [name, mask] of session.masks) {
    const values = session.parameters.get(name);
    if (values === undefined) continue;
    for (let index = 0; index < values.length; index++) if (mask[index] === 0) values[index] = 0;
  }
}

/** The first parameter with a value that is not finite; `undefined` when all are. */
export function firstNotFinite({ parameters }: Pick<Session, "parameters">): string | undefined {
  for (const [name, values] of parameters) if (!values.every(Number.isFinite)) return name;
  return undefined;
}
