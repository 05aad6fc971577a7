/** The samplers by name. */
import type { SamplerDefinition } from "../../../shared/dsl/definition.js";
import { CliError } from "../../errors.js";
import { gridSampler } from "./grid.js";
import { listSampler } from "./list.js";
import { randomSampler } from "./random.js";
import type { Sampler } from "./sampler.js";

const samplers: Readonly<Partial<Record<SamplerDefinition["kind"], Sampler>>> = {
  grid: gridSampler,
  list: listSampler,
  random: randomSampler,
};

export function samplerOf({ kind }: SamplerDefinition): Sampler {
  const sampler = samplers[kind];
  if (sampler !== undefined) return sampler;
  throw new CliError(`The sampler ${kind} is not known here: use one of ${Object.keys(samplers).join(", ")}.`);
}
