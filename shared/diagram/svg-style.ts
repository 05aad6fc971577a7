/**
 * How a diagram looks. Programs that know no CSS variables draw the colours of the attributes, for white paper. All
 * others follow the reader's light or dark scheme, and a page that holds the drawing may set the variables: an editor
 * does, to its theme's colours.
 */

/** Colours by what they are for; the names of the variables are `--quantlens-` and these. */
export const paper = {
  canvas: "#ffffff",
  ink: "#1f2328",
  muted: "#59636e",
  line: "#8c959f",
  node: "#f6f8fa",
  border: "#afb8c1",
  quantizer: "#ddf4ff",
  terminal: "#ffffff",
  heat: "#e4572e",
} as const;

export type ColorName = keyof typeof paper;

const dark: Readonly<Record<ColorName, string>> = {
  canvas: "#0d1117",
  ink: "#f0f6fc",
  muted: "#b1bac4",
  line: "#848d97",
  node: "#21262d",
  border: "#656c76",
  quantizer: "#0c2d6b",
  terminal: "#0d1117",
  heat: "#e4572e",
};

/** How much of the heat's colour lies over the dearest node: text stays readable in all themes. */
export const mostHeat = 0.6;

/** `class` to the colour of its fill or stroke. */
const rules: readonly (readonly [selector: string, property: "fill" | "stroke", color: ColorName])[] = [
  [".canvas", "fill", "canvas"],
  [".title, .name", "fill", "ink"],
  [".line", "fill", "muted"],
  [".detail", "fill", "ink"],
  [".edge", "stroke", "line"],
  [".arrow", "fill", "line"],
  [".label", "fill", "muted"],
  [".operation", "fill", "node"],
  [".quantizer", "fill", "quantizer"],
  [".input, .output", "fill", "terminal"],
  [".box", "stroke", "border"],
  [".heat", "fill", "heat"],
];

export const fontFamily = "Inter, 'Segoe UI', system-ui, -apple-system, 'Helvetica Neue', Arial, sans-serif";

/** The style sheet: within `@supports`, so that only those read it who understand it. */
export function styleSheet(): string {
  const preset = (colors: Readonly<Record<ColorName, string>>): string =>
    Object.entries(colors)
      .map(([name, color]) => `--own-${name}:${color}`)
      .join(";");
  const themed = rules.map(
    ([selector, property, color]) => `${scoped(selector)}{${property}:var(--quantlens-${color},var(--own-${color}))}`,
  );
  return [
    "@supports (color:var(--any)){",
    `.quantlens-diagram{${preset(paper)};font-family:var(--quantlens-font,${fontFamily})}`,
    `@media (prefers-color-scheme:dark){.quantlens-diagram{${preset(dark)}}}`,
    ...themed,
    "}",
  ].join("\n");
}

function scoped(selector: string): string {
  return selector
    .split(", ")
    .map((part) => `.quantlens-diagram ${part}`)
    .join(",");
}
