/** Names in a damaged or hostile file may be megabytes long; a sentence with more than this is no sentence. */
const MOST_CHARACTERS = 1000;

/** A file that cannot be used. The message is the one sentence for the user, without the file's name. */
export class FileError extends Error {
  constructor(message: string) {
    super(shortened(message));
  }
}

/** Leaves out the middle of what nobody would read: the beginning says what is wrong, the end what to do. */
export function shortened(message: string): string {
  if (message.length <= MOST_CHARACTERS) return message;
  const half = MOST_CHARACTERS / 2;
  return `${message.slice(0, half)} ... ${message.slice(-half)}`;
}
