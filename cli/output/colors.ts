/**
 * Colours in a terminal (ECMA-48, "select graphic rendition"). Of our own because the usual packages ask for Node's
 * standard output when they are loaded, which costs a command that prints none 5 ms.
 */
const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** Functions that paint a text: `colors.red(text)`. Do not nest those of one kind: the end of the inner ends both. */
export type Colors = Readonly<Record<keyof typeof codes, (text: string) => string>>;

/** Colours, or functions that give the text as it is. */
export function createColors(enabled: boolean): Colors {
  const paint = (name: keyof typeof codes) => (text: string) =>
    enabled ? `\u001b[${codes[name][0]}m${text}\u001b[${codes[name][1]}m` : text;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}
