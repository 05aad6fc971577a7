/** Small model files for tests. */

/** One convolution and a classifier; `bits` are those of all weights. Clean in profile itu2021 but for its size. */
export function smallModel(bits: number, { name = "Small" } = {}): string {
  return `import { defineModel, flatten, int, itu2021, maxPool1d, quantConv1d, quantHardTanh, quantLinear, quantReLU, uint } from "quantlens";

export default defineModel({
  name: "${name}",
  input: { shape: [1, 2, 1024] },
  forward(x) {
    x = quantHardTanh(x, { minVal: -2, maxVal: 3, actQuant: int(8) });
    x = quantConv1d(x, { name: "first", outChannels: 8, kernelSize: 3, padding: 1, bias: false, weightQuant: int(${bits}) });
    x = quantReLU(x, { actQuant: uint(6) });
    x = flatten(maxPool1d(x, { kernelSize: x.length }));
    return quantLinear(x, { name: "last", outFeatures: 24, bias: false, weightQuant: int(${bits}) });
  },
  challenge: itu2021(),
});
`;
}

/** What \`smallModel(bits)\` costs: the convolution reads 8 bits, the classifier 6. */
export function smallModelCost(bits: number): { readonly bops: number; readonly memWBits: number } {
  const convolution = { macs: 8 * 2 * 3 * 1024, weights: 8 * 2 * 3, inputBits: 8 };
  const classifier = { macs: 24 * 8, weights: 24 * 8, inputBits: 6 };
  const layers = [convolution, classifier];
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    bops: sum(layers.map(({ macs, inputBits }) => macs * inputBits * bits)),
    memWBits: sum(layers.map(({ weights }) => weights * bits)),
  };
}

/** A float model: errors in profile finn, since nothing is quantised. */
export const floatModel = `import { defineModel, quantConv1d } from "quantlens";

export default defineModel({
  name: "Float",
  input: { shape: [1, 2, 1024] },
  forward: (x) => quantConv1d(x, { outChannels: 4, kernelSize: 3 }),
});
`;
