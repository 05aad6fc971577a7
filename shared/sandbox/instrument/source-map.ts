/** Reading the `mappings` of a source map (ECMA-426) for one source: just enough to trace a position back. */

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Offset in the original text of an offset in the generated one. */
export function originalOffset(mappings: string, generated: string, original: string, offset: number): number {
  const line = generated.slice(0, offset).split("\n").length - 1;
  const column = offset - (generated.lastIndexOf("\n", offset - 1) + 1);
  let found = { line: 0, column: 0 };
  // Source line and column count on from segment to segment over all lines; the generated column only in its line.
  let source = 0;
  let sourceLine = 0;
  let sourceColumn = 0;
  for (const [index, text] of mappings.split(";").entries()) {
    if (index > line) break;
    let generatedColumn = 0;
    for (const segment of text.split(",")) {
      const fields = decode(segment);
      generatedColumn += fields[0] ?? 0;
      if (fields.length < 4) continue;
      source += fields[1] ?? 0;
      sourceLine += fields[2] ?? 0;
      sourceColumn += fields[3] ?? 0;
      if (source === 0 && (index < line || generatedColumn <= column))
        found = { line: sourceLine, column: sourceColumn };
    }
  }
  let start = 0;
  for (let at = 0; at < found.line; at += 1) start = original.indexOf("\n", start) + 1;
  return start + found.column;
}

/** Base64 VLQ: five bits per digit, low ones first; the lowest bit of a number is its sign. */
function decode(segment: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = digits.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    fields.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return fields;
}
