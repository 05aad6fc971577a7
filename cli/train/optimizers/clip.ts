/** Gradient clipping. */

/**
 * Scales all gradients, in place, so that their norm together is at most `maxNorm`: PyTorch's `clip_grad_norm_`.
 * Gives the norm before; where it is not finite, the gradients stay as they are.
 */
export function clipGradients(gradients: ReadonlyMap<string, Float32Array>, maxNorm: number): number {
  const norm = gradientNorm(gradients);
  const factor = maxNorm / (norm + 1e-6);
  if (!Number.isFinite(norm) || factor >= 1) return norm;
  for (const gradient of gradients.values()) {
    for (let index = 0; index < gradient.length; index++) gradient[index] = (gradient[index] ?? 0) * factor;
  }
  return norm;
}

/** Root of the sum of all squares. */
export function gradientNorm(gradients: ReadonlyMap<string, Float32Array>): number {
  let sum = 0;
  for (const gradient of gradients.values()) for (const value of gradient) sum += value * value;
  return Math.sqrt(sum);
}
