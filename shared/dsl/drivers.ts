/**
 * The DSL functions that run code of the user's, as the steps between which that code runs. The steps are carried out
 * at once in a user's own Node, and are recorded in the sandbox; what is the same in both stands here.
 */

type UserFunction = (...args: readonly unknown[]) => unknown;

/** `defineModel` in steps. `Open` stands for the model between them. */
export interface ModelSteps<Open, Built> {
  open(): Open;
  /** The value in force of a parameter. */
  parameter(model: Open, name: string, defaultValue: unknown): unknown;
  /** True for a parameter whose value was chosen from outside. */
  isChosen(name: string): boolean;
  /** Reads the description. Gives what `forward` gets. */
  begin(model: Open, description: unknown): unknown;
  /** `forward` threw. */
  abandon(model: Open): void;
  /** `result` is what `forward` returned. */
  end(model: Open, result: unknown): Built;
}

/** Calls the user's functions between the steps; what they throw passes through. */
export function driveModel<Open, Built>(steps: ModelSteps<Open, Built>, spec: unknown, defaults: unknown): Built {
  const model = steps.open();
  const description = isFunction(spec) ? spec(parametersOf(steps, model, defaults)) : spec;
  const input = steps.begin(model, description);
  const forward = forwardOf(description);
  if (forward === undefined) return steps.end(model, undefined);
  let result: unknown;
  let isDone = false;
  try {
    result = forward(input);
    isDone = true;
  } finally {
    if (!isDone) steps.abandon(model);
  }
  return steps.end(model, result);
}

function forwardOf(description: unknown): UserFunction | undefined {
  if (typeof description !== "object" || description === null || Array.isArray(description)) return undefined;
  const forward = Object.hasOwn(description, "forward") ? (description as { forward: unknown }).forward : undefined;
  return isFunction(forward) ? forward : undefined;
}

/** What the user's function gets: the parameters in force, known once it has asked for them. */
function parametersOf<Open>(steps: ModelSteps<Open, unknown>, model: Open, rawDefaults: unknown): object {
  const defaults =
    typeof rawDefaults === "object" && rawDefaults !== null ? (rawDefaults as Record<string, unknown>) : {};
  const values = new Map<string, unknown>();
  const read = (name: string) => {
    if (!values.has(name)) values.set(name, steps.parameter(model, name, defaults[name]));
    return values.get(name);
  };
  Object.keys(defaults).forEach(read);
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_, name) => (typeof name === "string" ? read(name) : undefined),
      has: (_, name) => typeof name === "string" && (Object.hasOwn(defaults, name) || steps.isChosen(name)),
      ownKeys: () => Object.keys(defaults),
      getOwnPropertyDescriptor: (_, name) => ({ value: read(String(name)), enumerable: true, configurable: true }),
    },
  );
}

/** `scope` in steps. */
export interface ScopeSteps<Open> {
  open(name: unknown, build: unknown): Open;
  close(scope: Open): void;
}

/** Gives what `build` gives; what is no function is given back. */
export function driveScope<Open>(steps: ScopeSteps<Open>, name: unknown, build: unknown): unknown {
  const scope = steps.open(name, build);
  try {
    return isFunction(build) ? build() : build;
  } finally {
    steps.close(scope);
  }
}

export function isFunction(value: unknown): value is UserFunction {
  return typeof value === "function";
}
