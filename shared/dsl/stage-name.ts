/** What a stage of a recipe is called, in reports and where one is picked. */

/** The option `name`, else the kind and the position: `prune 2`. `index` is from 0. */
export function stageName(options: Readonly<Record<string, unknown>>, kind: string, index: number): string {
  return typeof options.name === "string" ? options.name : `${kind} ${index + 1}`;
}
