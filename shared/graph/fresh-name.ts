/** A name that is not taken yet: the wanted one, else with `_1`, `_2`, ... */
export function freshName(taken: { has(name: string): boolean }, wanted: string): string {
  return freshNames(taken)(wanted);
}

/**
 * Gives names as `freshName` does, to callers that take each of them before they ask for the next. It goes on where the
 * last search ended, so that as many nodes of one name as a file can hold take no longer than nodes of different names.
 */
export function freshNames(taken: { has(name: string): boolean }): (wanted: string) => string {
  const suffixes = new Map<string, number>();
  return (wanted) => {
    let suffix = suffixes.get(wanted) ?? 0;
    const name = (): string => (suffix === 0 ? wanted : `${wanted}_${suffix}`);
    while (taken.has(name())) suffix++;
    suffixes.set(wanted, suffix);
    return name();
  };
}
