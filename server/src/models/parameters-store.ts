/** Which values the parameters of a model have. */
import type { AnalysisOptions } from "../../../shared/analysis/types.js";
import type { ModelDefinition } from "../../../shared/dsl/definition.js";
import type { ParameterRecord, ParameterValue } from "../../../shared/messages.js";
import type { Problem } from "../../../shared/problems.js";
import type { ParameterValues, ServerConfig } from "../config.js";
import { entryOf, Selections } from "./selections.js";

export class ParametersStore {
  private readonly selections = new Selections<ParameterValues>();

  /** The user's choice; `undefined` to follow the settings. */
  select(model: string, values: ParameterValues | undefined, setting: ParameterValues): void {
    if (values === undefined) this.selections.forget(model);
    else this.selections.select(model, values, setting);
  }

  /** The chosen values; parameters that are not among them have their defaults. */
  of(model: string, setting: ParameterValues): ParameterValues {
    return this.selections.of(model, setting);
  }
}

/** What the setting `quantlens.parameters` says about a model. */
export function parametersSetting(
  model: string,
  { parameters }: ServerConfig,
  folders: readonly string[],
): ParameterValues {
  return entryOf(model, parameters, folders)?.value ?? {};
}

/** The parameters of a model with the values in force, in the order of declaration. */
export function parameterRecords({ parameters }: ModelDefinition): ParameterRecord[] {
  return parameters.map(({ name, value, default: preset }) => ({
    name,
    value: value as ParameterValue,
    default: preset as ParameterValue,
  }));
}

/** Chosen values of parameters that the model does not have. */
export function parameterProblems(
  chosen: ParameterValues,
  definition: ModelDefinition | undefined,
  severities: AnalysisOptions["severities"],
): Problem[] {
  if (definition === undefined) return [];
  const known = definition.parameters.map(({ name }) => name);
  const code = "unknown-parameter";
  const severity = severities[code] ?? "warning";
  if (severity === "off") return [];
  return Object.keys(chosen)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const has = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
      const message = `A value is chosen for the parameter ${JSON.stringify(name)}, which ${definition.name} does not have: ${has}.`;
      return { code, severity, message, target: { kind: "model" } };
    });
}
