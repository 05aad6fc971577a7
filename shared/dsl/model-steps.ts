/** The steps of `defineModel` and `scope` between which the user's functions run. */
import { graphJson, newDraft, type Draft } from "./builder.js";
import type { Challenge } from "./challenge.js";
import type { DataSource } from "./data.js";
import type { ModelDefinition } from "./definition.js";
import { describe } from "./describe.js";
import { isFunction, type ModelSteps, type ScopeSteps } from "./drivers.js";
import { madeField } from "./made.js";
import type { InputSpec, ModelSpec } from "./model.js";
import { integer, listOf, nested, optional, readOptions, text, withoutUndefined, type FieldsOf } from "./options.js";
import { plainParameter, valueInForce } from "./parameters.js";
import type { Stage } from "./recipe.js";
import {
  claimProblems,
  declaredParameters,
  enter,
  openDraft,
  openNames,
  parameterOverride,
  report,
  type Site,
} from "./session.js";
import { budgetField, checkSweep, sweepField } from "./sweep.js";
import { Tensor } from "./tensor.js";

/** A model whose `defineModel` call has not ended. */
export class OpenModel {
  /** The parameters that its function has asked for, by name. */
  readonly parameters = new Map<string, { readonly value: unknown; readonly default: unknown }>();
  building: Building | undefined;
  constructor(readonly site: Site) {}
}

/** A model whose description has been read. */
interface Building {
  readonly description: Description;
  readonly draft: Draft;
  /** Ends that layers belong to this model. */
  readonly leave: () => void;
}

export const modelSteps: ModelSteps<OpenModel, ModelDefinition> = {
  open: () => new OpenModel(enter("defineModel")),
  parameter(model, name, defaultValue) {
    const value = valueInForce(model.site, name, defaultValue);
    model.parameters.set(name, { value: plainParameter(value), default: plainParameter(defaultValue) });
    return value;
  },
  isChosen: (name) => parameterOverride(name) !== undefined,
  begin: beginModel,
  abandon(model) {
    model.building?.leave();
  },
  end: endModel,
};

/** What restores the names before a scope. */
export class OpenScope {
  constructor(readonly close: () => void) {}
}

export const scopeSteps: ScopeSteps<OpenScope> = {
  open: openScope,
  close(scope) {
    scope.close();
  },
};

const inputFields = {
  shape: listOf(integer(1, 1), "a list of at least 2 sizes, batch first", 2),
} satisfies FieldsOf<InputSpec>;

const modelFields = {
  name: text("a text that is not empty", "model"),
  input: { ...nested("an object such as { shape: [1, 2, 1024] }", inputFields), required: true },
  forward: {
    expects: "a function of the input that returns the output",
    parse: (value: unknown) => (isFunction(value) ? value : undefined),
    required: true,
    guess: undefined,
  },
  challenge: madeField<Challenge>("challenge", "a challenge such as itu2021()"),
  budget: budgetField,
  data: madeField<DataSource>("data", "a data source such as radioml2018()"),
  recipe: optional(listOf(madeField<Stage>("stage", ""), "a list of stages such as [train({ epochs: 20 })]", 0), []),
  sweep: sweepField,
} satisfies FieldsOf<ModelSpec>;

type Description = ReturnType<typeof readDescription>;

function readDescription(site: Site, description: unknown) {
  if (typeof description !== "object" || description === null || Array.isArray(description)) {
    const message = `defineModel expects an object such as { name, input, forward }, but found ${describe(description)}.`;
    report(site, "invalid-model", message, [0]);
  }
  return readOptions(site, Object(description), modelFields);
}

/** Stands in for an input shape that is not there yet. */
const guessedInput = [1, 1, 1];

/** From here on layers belong to the model. */
function beginModel(model: OpenModel, raw: unknown): Tensor {
  const description = readDescription(model.site, raw);
  const { input } = description;
  const draft = newDraft(input && input.shape.length > 0 ? input.shape : guessedInput);
  model.building = { description, draft, leave: openDraft(draft) };
  return new Tensor(draft, draft.input);
}

function endModel(model: OpenModel, result: unknown): ModelDefinition {
  const { site, building } = model;
  if (building === undefined) throw new TypeError("A model ends that has not begun.");
  const { draft, leave } = building;
  const { name, forward, challenge, budget, data, recipe, sweep } = building.description;
  leave();
  const output = forward ? outputOf(site, draft, result) : draft.latest.name;
  const origin = site.origin && { origin: site.origin };
  const own = Array.from(model.parameters, ([name, parameter]) => ({ name, ...parameter, ...origin }));
  const parameters = [...declaredParameters(), ...own];
  if (sweep) checkSweep(site, sweep, parameters);
  return {
    name,
    graph: graphJson(draft, name, output),
    inputShape: draft.input.shape,
    ...(challenge && { challenge }),
    ...(budget && { budget: withoutUndefined(budget) }),
    ...(data && { data }),
    recipe,
    ...(sweep && { sweep }),
    parameters,
    problems: claimProblems(),
    ...origin,
  };
}

/** The output tensor's name, or the last layer's when forward returned something else. */
function outputOf(site: Site, draft: Draft, result: unknown): string {
  const found = Tensor.locate(result);
  if (found?.draft === draft) return found.value.name;
  const what = found ? "a tensor of another model" : describe(result);
  const advice = "return the last layer's result";
  report(
    site,
    "forward-output",
    `forward must return a tensor of its model, but it returns ${what}; ${advice} (it is taken as the output until then).`,
    ["forward"],
  );
  return draft.latest.name;
}

function openScope(name: unknown, build: unknown): OpenScope {
  const site = enter("scope");
  const nothing = new OpenScope(() => undefined);
  if (!isFunction(build)) {
    const message = `scope expects a function that makes the layers, but found ${describe(build)}; write scope("name", () => ...).`;
    report(site, "invalid-option", message, [1]);
    return nothing;
  }
  if (typeof name === "string" && name.trim() !== "") return new OpenScope(openNames(name));
  report(
    site,
    "invalid-option",
    `scope expects its name to be a text that is not empty, but found ${describe(name)}; it is left out.`,
    [0],
  );
  return nothing;
}
