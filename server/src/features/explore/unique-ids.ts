/** Names for parts of a model that stay the same while other parts are edited. */

/** Gives `label`, `label#2`, `label#3`, ... to parts in their order. Make one for each set of siblings. */
export function uniqueIds(): (label: string) => string {
  const times = new Map<string, number>();
  return (label) => {
    const time = (times.get(label) ?? 0) + 1;
    times.set(label, time);
    return time === 1 ? label : `${label}#${time}`;
  };
}
