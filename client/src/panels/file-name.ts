/** The names by which panels call files. */

/** The last segment of a URI or path, as people read it. */
export function fileName(uri: string): string {
  const last = uri.slice(uri.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    // A `%` that begins no escape is a character of the name.
    return last;
  }
}
