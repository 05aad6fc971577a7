/**
 * The challenge's baseline: VGG10 with 8-bit weights and activations on RadioML 2018.01A. It scores 1 with the
 * published weights (807,699,904 bit-operations, 1,244,936 bits) and 1.0209 while all its weights are non-zero.
 */
import {
  batchNorm1d,
  defineModel,
  flatten,
  int,
  intBias,
  itu2021,
  maxPool1d,
  quantConv1d,
  quantHardTanh,
  quantLinear,
  quantReLU,
  radioml2018,
  uint,
  type Tensor,
} from "quantlens";

const convFilters = [64, 64, 64, 64, 64, 64, 64];
const hiddenFeatures = [128, 128];
const classes = 24;

function normReLU(x: Tensor) {
  return quantReLU(batchNorm1d(x), { actQuant: uint(8) });
}

function convBlock(x: Tensor, outChannels: number) {
  x = quantConv1d(x, { outChannels, kernelSize: 3, padding: 1, bias: false, weightQuant: int(8) });
  return maxPool1d(normReLU(x), { kernelSize: 2 });
}

function linearBlock(x: Tensor, outFeatures: number) {
  return normReLU(quantLinear(x, { outFeatures, bias: false, weightQuant: int(8) }));
}

export default defineModel({
  name: "VGG10",
  input: { shape: [1, 2, 1024] },
  forward(x) {
    x = quantHardTanh(x, { minVal: -2, maxVal: 2, actQuant: int(8, { scaling: "const" }) });
    for (const filters of convFilters) x = convBlock(x, filters);
    x = flatten(x);
    for (const features of hiddenFeatures) x = linearBlock(x, features);
    return quantLinear(x, { outFeatures: classes, weightQuant: int(8), biasQuant: intBias() });
  },
  challenge: itu2021(),
  data: radioml2018(),
});
