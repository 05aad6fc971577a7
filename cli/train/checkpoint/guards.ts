/** Checks of plain data that was read from a file: nothing about it is sure. */

export type Guard<T> = (value: unknown) => value is T;

export const isNumber: Guard<number> = (value): value is number => typeof value === "number" && Number.isFinite(value);

/** A whole number of at least zero. */
export const isCount: Guard<number> = (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export const isText: Guard<string> = (value): value is string => typeof value === "string";

export const isFlag: Guard<boolean> = (value): value is boolean => typeof value === "boolean";

export function isWord<const Word extends string>(words: readonly Word[]): Guard<Word> {
  return (value): value is Word => words.some((word) => word === value);
}

export function isList<T>(item: Guard<T>): Guard<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(item);
}

/** An object used as a dictionary. */
export function isRecord<T>(item: Guard<T>): Guard<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isObject(value) && Object.values(value).every(item);
}

/** Of a member that may be missing. JSON knows no `undefined`, so what is there is of the type. */
export function isAbsentOr<T>(guard: Guard<T>): Guard<T> {
  return (value): value is T => value === undefined || guard(value);
}

/** An object with these members; it may have others. */
export function isShaped<T extends object>(members: { readonly [Name in keyof T]-?: Guard<T[Name]> }): Guard<T> {
  const checks: readonly (readonly [string, (value: unknown) => boolean])[] = Object.entries(members);
  return (value): value is T => isObject(value) && checks.every(([name, check]) => check(value[name]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** JSON of a shape; `undefined` for anything else. */
export function parseJson<T>(text: string, guard: Guard<T>): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return guard(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
