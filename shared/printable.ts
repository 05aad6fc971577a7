/** Text from files that nobody vouches for, on its way to a person. */

/** Text from a file with control characters (terminal escapes among them) made harmless; tabs stay. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are the point
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, "\ufffd");
}
