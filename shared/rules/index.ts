/** Every rule, in alphabetical order of its code. */
import { a2qBound } from "./a2q-bound.js";
import { a2qPlusBound } from "./a2q-plus-bound.js";
import { accumulatorFloatExact } from "./accumulator-float-exact.js";
import { accumulatorNeeded } from "./accumulator-needed.js";
import { accumulatorOverflow32 } from "./accumulator-overflow-32.js";
import { accumulatorWidth } from "./accumulator-width.js";
import { activationUnsupported } from "./activation-unsupported.js";
import { addBitGrowth } from "./add-bit-growth.js";
import { avgpoolAccumulator } from "./avgpool-accumulator.js";
import { avgpoolFinnShape } from "./avgpool-finn-shape.js";
import { avgpoolNotRequantised } from "./avgpool-not-requantised.js";
import { biasBeforeBatchnorm } from "./bias-before-batchnorm.js";
import { biasQuantiser } from "./bias-quantiser.js";
import { bipolarScaleNotOne } from "./bipolar-scale-not-one.js";
import { bitWidthNotInteger } from "./bit-width-not-integer.js";
import { bitWidthRange } from "./bit-width-range.js";
import { bnPosition } from "./bn-position.js";
import { budgetExceeded } from "./budget-exceeded.js";
import { concatMixedTypes } from "./concat-mixed-types.js";
import { conv1dLayout } from "./conv-1d-layout.js";
import { denseLayerDominates } from "./dense-layer-dominates.js";
import { depthwisePerTensorLowBits } from "./depthwise-per-tensor-low-bits.js";
import { dtypeLosingOp } from "./dtype-losing-op.js";
import { dynamicKernel } from "./dynamic-kernel.js";
import { finnMaxpoolStride } from "./finn-maxpool-stride.js";
import { freeZeros } from "./free-zeros.js";
import { groupDivisibility } from "./group-divisibility.js";
import { hls4mlMerge } from "./hls4ml-merge.js";
import { identityUnsignedQuantiser } from "./identity-unsigned-quantiser.js";
import { inputNotQuantised } from "./input-not-quantised.js";
import { lastLayerOutput } from "./last-layer-output.js";
import { macInputNotInteger } from "./mac-input-not-integer.js";
import { macInputWide } from "./mac-input-wide.js";
import { maxpoolOk } from "./maxpool-ok.js";
import { narrowUnsigned } from "./narrow-unsigned.js";
import { nodeInputOrder } from "./node-input-order.js";
import { nonUniformQuantiser } from "./non-uniform-quantiser.js";
import { nonzeroZeroPoint } from "./nonzero-zero-point.js";
import { oneBitNeedsBipolar } from "./one-bit-needs-bipolar.js";
import { overWideInput } from "./over-wide-input.js";
import { pointwiseVsDepthwise } from "./pointwise-vs-depthwise.js";
import { qcdqCost } from "./qcdq-cost.js";
import { qcdqOpset } from "./qcdq-opset.js";
import { quantisedConvOutputBeforeRelu } from "./quantised-conv-output-before-relu.js";
import { reluSignedQuantiser } from "./relu-signed-quantiser.js";
import { requantiseFcInput } from "./requantise-fc-input.js";
import { residualNotRequantised } from "./residual-not-requantised.js";
import { residualScaleMismatch } from "./residual-scale-mismatch.js";
import { roundingMode } from "./rounding-mode.js";
import { scaleGranularity } from "./scale-granularity.js";
import { scaleNotPositiveStatic } from "./scale-not-positive-static.js";
import { scaleNotPowerOfTwo } from "./scale-not-power-of-two.js";
import { sharedWeightQuantiser } from "./shared-weight-quantiser.js";
import { splitChanged } from "./split-changed.js";
import { staticInputShape } from "./static-input-shape.js";
import { strideEarly } from "./stride-early.js";
import { truncPowerOfTwo } from "./trunc-power-of-two.js";
import { unsupportedOp } from "./unsupported-op.js";
import { weightNotQuantised } from "./weight-not-quantised.js";
import { weightsNotNarrow } from "./weights-not-narrow.js";
import { wideQuantiser } from "./wide-quantiser.js";
import type { Rule } from "./types.js";

export const rules: readonly Rule[] = [
  a2qBound,
  a2qPlusBound,
  accumulatorFloatExact,
  accumulatorNeeded,
  accumulatorOverflow32,
  accumulatorWidth,
  activationUnsupported,
  addBitGrowth,
  avgpoolAccumulator,
  avgpoolFinnShape,
  avgpoolNotRequantised,
  biasBeforeBatchnorm,
  biasQuantiser,
  bipolarScaleNotOne,
  bitWidthNotInteger,
  bitWidthRange,
  bnPosition,
  budgetExceeded,
  concatMixedTypes,
  conv1dLayout,
  denseLayerDominates,
  depthwisePerTensorLowBits,
  dtypeLosingOp,
  dynamicKernel,
  finnMaxpoolStride,
  freeZeros,
  groupDivisibility,
  hls4mlMerge,
  identityUnsignedQuantiser,
  inputNotQuantised,
  lastLayerOutput,
  macInputNotInteger,
  macInputWide,
  maxpoolOk,
  narrowUnsigned,
  nodeInputOrder,
  nonUniformQuantiser,
  nonzeroZeroPoint,
  oneBitNeedsBipolar,
  overWideInput,
  pointwiseVsDepthwise,
  qcdqCost,
  qcdqOpset,
  quantisedConvOutputBeforeRelu,
  reluSignedQuantiser,
  requantiseFcInput,
  residualNotRequantised,
  residualScaleMismatch,
  roundingMode,
  scaleGranularity,
  scaleNotPositiveStatic,
  scaleNotPowerOfTwo,
  sharedWeightQuantiser,
  splitChanged,
  staticInputShape,
  strideEarly,
  truncPowerOfTwo,
  unsupportedOp,
  weightNotQuantised,
  weightsNotNarrow,
  wideQuantiser,
];
