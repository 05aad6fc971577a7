/** What a model file is, decided from its name and text alone: cheap enough for every TypeScript file. */

/** The parts of `vscode.TextDocument` that decide. */
export interface DocumentFacts {
  readonly languageId: string;
  readonly uri: { readonly scheme: string; readonly path: string };
  getText(): string;
}

/** File systems that hold the user's own files; the left side of a git comparison, for one, is not among them. */
const schemes = ["file", "untitled", "vscode-vfs"] as const;

/** The documents that the server gets to see: helper modules of a model are ordinary TypeScript files. */
export const documentSelector = schemes.map((scheme) => ({ scheme, language: "typescript" }));

const quantlensImport = /\bfrom\s*["']quantlens["']/;

/** True for `*.model.ts` and for a TypeScript file that imports `quantlens`. */
export function isModelDocument(document: DocumentFacts): boolean {
  if (document.languageId !== "typescript") return false;
  if (!schemes.some((scheme) => scheme === document.uri.scheme)) return false;
  return document.uri.path.endsWith(".model.ts") || mentionsQuantLens(document.getText());
}

/** True for text with an import of `quantlens` in it. */
export function mentionsQuantLens(text: string): boolean {
  return quantlensImport.test(text);
}
