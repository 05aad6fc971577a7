/** Options of a recipe as the types that they should have. They come out of a sandbox as plain data, so nothing is sure. */
import type { OptimizerDefinition, ScheduleDefinition } from "../../../shared/dsl/definition.js";

export interface OptionValues {
  readonly number: (name: string) => number | undefined;
  readonly text: (name: string) => string | undefined;
  readonly word: <const Word extends string>(name: string, words: readonly Word[]) => Word | undefined;
  readonly object: (name: string) => OptionValues | undefined;
  readonly optimizer: (name: string) => OptimizerDefinition | undefined;
  readonly schedule: (name: string) => ScheduleDefinition | undefined;
}

/** Reads options; what has another type is as if it were not there. */
export function optionsOf(options: Readonly<Record<string, unknown>>): OptionValues {
  const number = (name: string): number | undefined => {
    const value = options[name];
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  };
  const record = (name: string): Readonly<Record<string, unknown>> | undefined => {
    const value = options[name];
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  };
  const word: OptionValues["word"] = (name, words) => words.find((known) => known === options[name]);
  const object = (name: string): OptionValues | undefined => {
    const value = record(name);
    return value && optionsOf(value);
  };
  return {
    number,
    text: (name) => (typeof options[name] === "string" ? options[name] : undefined),
    word,
    object,
    optimizer: (name) => {
      const value = object(name);
      const kind = value?.word("kind", ["adam", "adamw", "sgd"]);
      const lr = value?.number("lr");
      if (kind === undefined || lr === undefined) return undefined;
      const own = record(name)?.options;
      return { kind, lr, weightDecay: value?.number("weightDecay") ?? 0, options: plain(own) };
    },
    schedule: (name) => {
      const kind = object(name)?.word("kind", ["cosineWarmRestarts", "step", "plateau", "constant"]);
      return kind && { kind, options: plain(record(name)?.options) };
    },
  };
}

function plain(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
