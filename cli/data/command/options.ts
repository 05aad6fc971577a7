/** The options of `quantlens data ...`. */

export const dataFormats = ["table", "json"] as const;

export interface DataFormatOptions {
  readonly format: (typeof dataFormats)[number];
}

export interface GenerateOptions extends DataFormatOptions {
  readonly framesPerClassAndSnr: number;
  readonly seed: number;
}
