/** Which tensor of a file becomes which parameter of a model: by name, else by kind, order and shape. */
import { elementCount, type Shape } from "../../shared/graph/graph.js";
import type { ParameterSpec } from "../train/program.js";
import type { Candidate } from "./candidates.js";

export interface ParameterMatch {
  readonly parameter: ParameterSpec;
  readonly candidate: Candidate;
}

export interface ParameterMatches {
  readonly matches: readonly ParameterMatch[];
  /** Parameters that nothing in the file fits. */
  readonly missing: readonly ParameterSpec[];
  /** Tensors of the file that no parameter takes. */
  readonly left: readonly Candidate[];
}

/**
 * By name when the file has a tensor of the right shape for every parameter's name; else each parameter takes the next
 * tensor of its kind and shape, so that a layer too many on either side leaves the others in place.
 */
export function matchParameters(
  parameters: readonly ParameterSpec[],
  candidates: readonly Candidate[],
): ParameterMatches {
  const named = byName(parameters, candidates);
  return named.missing.length === 0 ? named : byOrder(parameters, candidates);
}

function byName(parameters: readonly ParameterSpec[], candidates: readonly Candidate[]): ParameterMatches {
  const names = new Map(candidates.map((candidate) => [candidate.name, candidate]));
  return collect(parameters, candidates, (parameter) => {
    const candidate = names.get(parameter.name);
    return candidate && fits(parameter, candidate) ? candidate : undefined;
  });
}

function byOrder(parameters: readonly ParameterSpec[], candidates: readonly Candidate[]): ParameterMatches {
  const next = new Map<string, number>();
  return collect(parameters, candidates, (parameter) => {
    const from = next.get(parameter.kind) ?? 0;
    const place = candidates.findIndex(
      (candidate, index) => index >= from && candidate.kind === parameter.kind && fits(parameter, candidate),
    );
    if (place < 0) return undefined;
    next.set(parameter.kind, place + 1);
    return candidates[place];
  });
}

function collect(
  parameters: readonly ParameterSpec[],
  candidates: readonly Candidate[],
  find: (parameter: ParameterSpec) => Candidate | undefined,
): ParameterMatches {
  const matches: ParameterMatch[] = [];
  const missing: ParameterSpec[] = [];
  for (const parameter of parameters) {
    const candidate = find(parameter);
    if (candidate) matches.push({ parameter, candidate });
    else missing.push(parameter);
  }
  const used = new Set(matches.map(({ candidate }) => candidate));
  return { matches, missing, left: candidates.filter((candidate) => !used.has(candidate)) };
}

/** Dimensions of 1 do not count: a threshold may be a scalar or (1), a convolution's scale (24) or (24, 1, 1). */
function fits({ shape }: ParameterSpec, candidate: Candidate): boolean {
  const [a, b] = [squeezed(shape), squeezed(candidate.shape)];
  const same = a.length === b.length && a.every((size, axis) => size === b[axis]);
  return same && elementCount(candidate.shape) === candidate.data.length;
}

function squeezed(shape: Shape): Shape {
  return shape.filter((size) => size !== 1);
}
