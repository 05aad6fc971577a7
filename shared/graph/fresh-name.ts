/** A name that is not taken yet: the wanted one, else with `_1`, `_2`, ... */
export function freshName(taken: { has(name: string): boolean }, wanted: string): string {
  let name = wanted;
  for (let suffix = 1; taken.has(name); suffix++) name = `${wanted}_${suffix}`;
  return name;
}
