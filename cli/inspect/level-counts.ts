/** How many elements have each level of a quantiser. */

export interface LevelCounts {
  add(level: number): void;
  /** Levels that an element has, with their elements; in no order. */
  used(): readonly (readonly [level: number, count: number])[];
}

/** A place for each level up to here; of finer quantisers only the levels that occur have one. */
const mostPlaces = 2 ** 16;

/** Starts counting. `levels`: how many there are. */
export function levelCounts(levels: number): LevelCounts {
  return levels <= mostPlaces ? countsInPlaces(levels) : countsByLevel();
}

function countsInPlaces(levels: number): LevelCounts {
  const counts = new Float64Array(levels);
  return {
    add(level) {
      counts[level] = (counts[level] ?? 0) + 1;
    },
    used: () => [...counts.entries()].filter(([, count]) => count > 0),
  };
}

function countsByLevel(): LevelCounts {
  const counts = new Map<number, number>();
  return {
    add(level) {
      counts.set(level, (counts.get(level) ?? 0) + 1);
    },
    used: () => [...counts],
  };
}
