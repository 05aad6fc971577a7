/** Contrast of text, as WCAG 2 defines it, of colours as browsers compute them. */

/** What WCAG 2 asks of text (success criterion 1.4.3). */
export const leastContrast = 4.5;

/** One colour over another. */
export interface Ground {
  readonly below: string;
  readonly above: string;
  /** Of the one above, 0..1. */
  readonly opacity: number;
}

export function contrastOf(ink: string, { below, above, opacity }: Ground): number {
  const [under, over] = [channelsOf(below), channelsOf(above)];
  const mixed = under.map((value, index) => value * (1 - opacity) + (over[index] ?? 0) * opacity);
  const [dark = 0, light = 0] = [luminance(channelsOf(ink)), luminance(mixed)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Of `rgb(31, 31, 31)` or `color(srgb 0.12 0.12 0.12)`, from 0 to 1. */
function channelsOf(color: string): number[] {
  const numbers = (color.match(/[\d.]+(?:e-?\d+)?/g) ?? []).map(Number).slice(0, 3);
  if (numbers.length < 3) throw new Error(`${color} is no colour`);
  return color.startsWith("rgb") ? numbers.map((value) => value / 255) : numbers;
}

function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
