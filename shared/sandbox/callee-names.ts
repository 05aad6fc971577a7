/** What the calls of a program are called in the names of layers. */

export interface FileCallees {
  /** The ids of the file's calls are greater. */
  readonly baseId: number;
  /** Last name in the callee of each id that follows, one per line: `block` of `this.block(x)`. */
  readonly callees: string;
}

/** Gives the name of a call; the lists are split when the first one of a file is asked for. */
export function calleeNames(files: readonly FileCallees[]): (call: number) => string | undefined {
  const ordered = [...files].sort((one, other) => other.baseId - one.baseId);
  const lists = new Map<FileCallees, readonly string[]>();
  return (call) => {
    const file = ordered.find(({ baseId }) => baseId < call);
    if (file === undefined) return undefined;
    const list = lists.get(file) ?? file.callees.split("\n");
    lists.set(file, list);
    const name = list[call - file.baseId - 1];
    return name === "" ? undefined : name;
  };
}
