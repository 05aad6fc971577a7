/** What Brevitas 0.6 cannot express. */

/** A layer that has no counterpart; the message is a sentence for users. */
export class NotExpressible extends Error {}

/** Throws: `layer` cannot be written, because of `reason`. */
export function refuse(layer: string, reason: string): never {
  throw new NotExpressible(`"${layer}" cannot be written for Brevitas: it ${reason}`);
}
