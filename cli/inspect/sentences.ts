/** What is said about an inspection in words. */

/** More numbers than this are for the JSON document. */
const mostNamed = 10;

/** Of samples that were left out, by their numbers in the data. */
export function leftOutText(notFinite: readonly number[]): string {
  const named = notFinite.slice(0, mostNamed).join(", ");
  const rest = notFinite.length > mostNamed ? ` and ${notFinite.length - mostNamed} more` : "";
  const subject = notFinite.length === 1 ? `Sample ${named}` : `Samples ${named}${rest}`;
  const [has, was] = notFinite.length === 1 ? ["has or comes", "was"] : ["have or come", "were"];
  return `${subject} of the data (counted from 0) ${has} to values that are not finite numbers, and ${was} left out.`;
}

/** Where no sample was measured. */
export function unseenText(notFinite: readonly number[]): string {
  return `Activations were not looked at: there is no ${notFinite.length > 0 ? "sample of finite numbers" : "data"}.`;
}
