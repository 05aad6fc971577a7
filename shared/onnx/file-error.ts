import { printable } from "../printable.js";

/** Names in a damaged or hostile file may be megabytes long; a sentence with more than this is no sentence. */
const MOST_CHARACTERS = 1000;

/** A file that cannot be used. The message is the one sentence for the user, without the file's name. */
export class FileError extends Error {
  constructor(message: string) {
    super(presentable(message));
  }
}

/**
 * A sentence with names from a file as a person can read it: without what a terminal would obey, and without the middle of
 * what nobody would read, where the beginning says what is wrong and the end what to do.
 */
export function presentable(message: string): string {
  const half = MOST_CHARACTERS / 2;
  const shown = message.length <= MOST_CHARACTERS ? message : `${message.slice(0, half)} ... ${message.slice(-half)}`;
  return printable(shown);
}
