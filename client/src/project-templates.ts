/** The networks that a new project can begin with, as `quantlens init` has them, in the words of the list. */
export const projectTemplates = [
  {
    template: "starter",
    label: "Starter",
    detail: "Six modulations told apart by a small network; trained and pruned in minutes on generated frames.",
  },
  {
    template: "bacalhaunet",
    label: "BacalhauNet",
    detail: "The winner of the ITU challenge of 2021: 24 modulations, depthwise-separable convolutions.",
  },
  {
    template: "keyword-spotting",
    label: "Keyword spotting",
    detail: "A 2-D network with parameters, for spectrograms in .npy files.",
  },
] as const;
