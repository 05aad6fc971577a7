/** The cheap test before anything is parsed: nothing of QuantLens runs on other TypeScript files. */

const importsQuantlens = /\bfrom\s*["']quantlens["']/;
const definesModel = /\bdefineModel\b/;

/** True when the text imports `quantlens` and mentions `defineModel`. */
export function looksLikeModel(text: string): boolean {
  return definesModel.test(text) && importsQuantlens.test(text);
}
