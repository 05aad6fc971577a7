/** Working on several files that the user named: one that cannot be used does not keep the others from being used. */
import { isCliError } from "../errors.js";

/**
 * What `work` gives for the files, in their order, without those for which it throws a `CliError`. `finish` is to be
 * called when the results are out; it throws what went wrong, if anything did, as one `AggregateError`.
 */
export async function eachFile<Result>(
  files: readonly string[],
  work: (file: string) => Promise<Result>,
): Promise<{ readonly results: readonly Result[]; readonly finish: () => void }> {
  const results: Result[] = [];
  const failures: Error[] = [];
  for (const file of files) {
    try {
      results.push(await work(file));
    } catch (error) {
      if (!isCliError(error)) throw error;
      failures.push(error);
    }
  }
  return {
    results,
    finish: () => {
      if (failures.length > 0) throw new AggregateError(failures);
    },
  };
}
