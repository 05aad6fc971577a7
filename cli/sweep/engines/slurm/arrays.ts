/**
 * From jobs to job arrays. A task of one array depends on the task of the same index in another (`aftercorr`), so that a row
 * goes on while others of its stage still run; a stage that rows share is followed by as many arrays as it has successors.
 */
import { prerequisiteOf, type Job } from "../../jobs/job.js";

/** Where a job is: a task of an array. */
export interface TaskPlace {
  /** Of the plan, see `JobArray.name`. */
  readonly array: string;
  readonly index: number;
}

export interface JobArray {
  /** Unique within the sweep: `a12`. */
  readonly name: string;
  /** The array whose tasks of the same indices have to succeed first. */
  readonly after?: string;
  readonly tasks: readonly { readonly index: number; readonly job: Job }[];
}

export interface ArrayOptions {
  /** Indices are below it. */
  readonly largest: number;
  /** Number of the first new array. */
  readonly first: number;
}

/**
 * Arrays for jobs, each behind the one that it waits for. `places` are the tasks of earlier arrays that are not over, by
 * the job's key: a job waits for what is among them or among `jobs`; anything else is done already.
 */
export function planArrays(
  jobs: readonly Job[],
  places: ReadonlyMap<string, TaskPlace>,
  { largest, first }: ArrayOptions,
): readonly JobArray[] {
  const arrays: (JobArray & { readonly tasks: { readonly index: number; readonly job: Job }[] })[] = [];
  const byGroup = new Map<string, (typeof arrays)[number]>();
  const known = new Map(places);
  const successors = new Map<string, number>();
  let firsts = 0;
  for (const job of jobs) {
    const before = prerequisiteOf(job);
    const place = before === undefined ? undefined : known.get(before);
    const number = place === undefined ? firsts++ : (successors.get(before ?? "") ?? 0);
    if (before !== undefined && place !== undefined) successors.set(before, number + 1);
    const group = place === undefined ? `first ${Math.floor(number / largest)}` : `${place.array} ${number}`;
    let array = byGroup.get(group);
    if (array === undefined) {
      array = { name: `a${first + arrays.length}`, ...(place && { after: place.array }), tasks: [] };
      arrays.push(array);
      byGroup.set(group, array);
    }
    const index = place?.index ?? number % largest;
    array.tasks.push({ index, job });
    known.set(job.key, { array: array.name, index });
  }
  return arrays;
}

/** Indices as sbatch takes them: `0-3,7`. */
export function indexRanges(indices: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const index of indices.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}
