/** What can be picked at a model: values of its parameters, and stages of its recipe. */
import { stageName } from "../../../shared/dsl/stage-name.js";
import type { ModelSetup } from "../../../shared/messages.js";
import type { ModelState } from "../models/model-state.js";
import { parameterRecords } from "../models/parameters-store.js";

/** `null` while the model has never run. */
export function modelSetup({ shown }: ModelState): ModelSetup | null {
  if (!shown) return null;
  const { definition } = shown.analysis;
  return {
    name: definition.name,
    parameters: parameterRecords(definition),
    stages: definition.recipe.map(({ kind, options }, index) => ({
      position: index + 1,
      kind,
      name: stageName(options, kind, index),
    })),
  };
}
