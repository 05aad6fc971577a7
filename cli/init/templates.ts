/** The networks that a new project can begin with: the model files of `examples`, which come with the program. */

export interface Template {
  readonly name: string;
  /** What it is, in one line. */
  readonly description: string;
  /** Below `examples`. */
  readonly file: string;
  /** The model's name in that file, which the project's name replaces. */
  readonly modelName: string;
  /** What `--data` is at first; absent where the model's own data has to be there. */
  readonly data?: string;
}

export const templates = [
  {
    name: "starter",
    description: "six modulations told apart by a small network: trained and pruned in minutes on generated frames",
    file: "quick/six-modulations.model.ts",
    modelName: "SixModulations",
    data: "synthetic",
  },
  {
    name: "bacalhaunet",
    description: "the winner of the ITU challenge of 2021: 24 modulations, depthwise-separable convolutions",
    file: "bacalhaunet/bacalhaunet.model.ts",
    modelName: "BacalhauNetV1",
    data: "synthetic",
  },
  {
    name: "keyword-spotting",
    description: "a 2-D network with parameters, for spectrograms in .npy files",
    file: "tiny/keyword-spotting.model.ts",
    modelName: "KeywordSpotter",
  },
] as const satisfies readonly Template[];

export const templateNames = templates.map(({ name }) => name) as unknown as readonly [string, ...string[]];
