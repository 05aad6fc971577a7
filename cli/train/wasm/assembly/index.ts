// The kernels. Their documentation is in the interfaces of ../kernels*.ts.
export { depthwise } from "./depthwise";
export { depthwiseGradWeight } from "./depthwise-gradient";
export { gemm } from "./gemm";
export { gemmGradWeight } from "./gemm-gradient";
export { quantize } from "./quantize";
export { quantizeGradInput, quantizeGradSums } from "./quantize-gradient";
export { quantizeCodes } from "./quantize-codes";
export { channelDots, channelSums } from "./channel-sums";
export { findMagnitude, histogram } from "./magnitudes";
export { add, fill, mul, sumSlots } from "./vectors";
export { elu, eluGrad, sigmoid, sigmoidGrad, tanh, tanhGrad } from "./activations";
export { addRows, clearPadding, copyRows, fillRows, transpose } from "./rows";
export { sparse, sparseGrad, sparseMax, sparseMaxGrad } from "./tables";
export { dropout } from "./dropout";
export { multiplyAddPeak } from "./peak";
