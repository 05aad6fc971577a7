/** The samplers by name. */
import type { SamplerDefinition } from "../../../shared/dsl/definition.js";
import { evolutionSampler } from "./evolution.js";
import { gridSampler } from "./grid.js";
import { halvingSampler } from "./halving.js";
import { listSampler } from "./list.js";
import { randomSampler } from "./random.js";
import type { Sampler } from "./sampler.js";
import { tpeSampler } from "./tpe.js";

const samplers: Readonly<Record<SamplerDefinition["kind"], Sampler>> = {
  grid: gridSampler,
  list: listSampler,
  random: randomSampler,
  tpe: tpeSampler,
  evolution: evolutionSampler,
  halving: halvingSampler,
};

export function samplerOf({ kind }: SamplerDefinition): Sampler {
  return samplers[kind];
}
