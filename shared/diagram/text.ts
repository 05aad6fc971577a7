/** How wide text is where nothing can measure it, and texts that are cut to fit. */

/** Advance widths of ASCII's printable characters in the font Inter (regular), in thousandths of the font size. */
const asciiWidths = [
  ...[281, 288, 466, 633, 642, 982, 644, 300, 365, 365, 501, 662, 288, 460, 288, 360, 631, 407, 610, 618, 646, 593],
  ...[620, 566, 619, 620, 288, 302, 662, 662, 662, 511, 966, 690, 654, 730, 722, 601, 590, 746, 743, 269, 571, 672],
  ...[565, 903, 753, 765, 639, 765, 644, 642, 646, 744, 690, 985, 682, 679, 629, 365, 360, 365, 471, 456, 323, 562],
  ...[612, 571, 612, 583, 370, 613, 591, 242, 242, 549, 242, 876, 591, 600, 612, 612, 376, 528, 327, 591, 562, 818],
  ...[546, 562, 552, 426, 333, 426, 662],
];

/** Of most Latin, Greek and Cyrillic letters; what is written in squares (Chinese, emoji) is wider. */
const otherWidth = 662;
const squareWidth = 1000;
const firstSquare = 0x1100;

/** Other sans-serif fonts than Inter are up to a tenth wider; so is semibold text. */
const allowance = 1.1;

/** An estimate of a line's width in pixels, on the safe side. */
export function textWidth(text: string, fontSize: number): number {
  let thousandths = 0;
  for (const character of text) thousandths += characterWidth(character.codePointAt(0) ?? 0);
  return (thousandths * fontSize * allowance) / 1000;
}

function characterWidth(code: number): number {
  if (code >= firstSquare) return squareWidth;
  return asciiWidths[code - 32] ?? otherWidth;
}

/** A name of at most `length` characters: the end of a long one says more than its beginning. */
export function shortName(name: string, length = 40): string {
  const characters = Array.from(printable(name));
  return characters.length <= length ? characters.join("") : `…${characters.slice(1 - length).join("")}`;
}

/** Text on one line, without what XML forbids: control characters and halves of surrogate pairs. */
export function printable(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029\uFFFE\uFFFF]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}
