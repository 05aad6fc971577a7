/** A file that cannot be used. The message is the one sentence for the user, without the file's name. */
export class FileError extends Error {}
