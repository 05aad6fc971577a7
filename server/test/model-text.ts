/** Complete model files around a few statements. */
import * as dsl from "quantlens";

export interface ModelTextOptions {
  /** Default `[1, 2, 64]`. */
  readonly shape?: string;
  /** Further properties of the model, each with its comma. */
  readonly properties?: string;
  /** Further import lines. */
  readonly imports?: string;
}

/** A model file whose `forward(x)` consists of these statements; what they use of the DSL is imported. */
export function modelText(
  forward: string,
  { shape = "[1, 2, 64]", properties, imports }: ModelTextOptions = {},
): string {
  const words = new Set(`${forward} ${properties ?? ""} defineModel`.replaceAll("$0", "").match(/[A-Za-z]\w*/g));
  const names = Object.keys(dsl).filter((name) => words.has(name));
  return [
    `import { ${names.join(", ")} } from "quantlens";`,
    ...(imports === undefined ? [] : [imports]),
    "",
    "export default defineModel({",
    '  name: "Example",',
    `  input: { shape: ${shape} },`,
    "  forward(x) {",
    ...forward
      .trim()
      .split("\n")
      .map((line) => `    ${line}`.trimEnd()),
    "  },",
    ...(properties === undefined ? [] : [`  ${properties}`]),
    "});",
    "",
  ].join("\n");
}
