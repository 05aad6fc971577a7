/**
 * BacalhauNet with the columns of its authors' spreadsheet as parameters: `quantlens sweep run_config.ods --model
 * table.model.ts` runs each of its rows and fills its result columns. The defaults are the winning row.
 */
import {
  adam,
  add,
  batchNorm1d,
  cosineWarmRestarts,
  defineModel,
  dropout,
  flatten,
  int,
  intBias,
  itu2021,
  maxPool1d,
  param,
  prune,
  quantConv1d,
  quantHardTanh,
  quantLinear,
  quantReLU,
  radioml2018,
  train,
  uint,
  type Tensor,
} from "quantlens";

const hardtanhBits = param("hardtanh_bit_width", 8);
const lists = {
  kernel_length: param("kernel_length", [27, 21, 15, 9, 9]),
  stride_length: param("stride_length", [2, 1, 2, 1, 2]),
  output_channels: param("output_channels", [24, 24, 48, 48, 48]),
  weight_bit_width: param("weight_bit_width", [6, 6, 6, 6, 6]),
  activation_bit_width: param("activation_bit_width", [6, 6, 6, 6, 6]),
};
param("maxpool_bit_width", 6); // The authors' scripts read it, too, and use it nowhere.
const dropoutProb = param("dropout_prob", 0);
const classifierBits = param("fullyconnected_bit_width", 6);

const depth = lists.kernel_length.length;
for (const [column, list] of Object.entries(lists)) {
  if (list.length !== depth) throw new Error(`${column} has ${list.length} entries, and kernel_length has ${depth}.`);
}

const blocks = lists.kernel_length.map((kernelSize, index) => ({
  kernelSize,
  stride: lists.stride_length[index] ?? 1,
  outChannels: lists.output_channels[index] ?? 24,
  weightBits: lists.weight_bit_width[index] ?? 6,
  actBits: lists.activation_bit_width[index] ?? 6,
}));

type Block = (typeof blocks)[number];

function convNormReLU(
  x: Tensor,
  o: { outChannels: number; kernelSize: number; stride?: number; groups?: number },
  { weightBits, actBits }: Block,
) {
  x = quantConv1d(x, { ...o, padding: o.kernelSize >> 1, bias: false, weightQuant: int(weightBits) });
  return quantReLU(batchNorm1d(x), { actQuant: uint(actBits) });
}

function depthwiseSeparable(x: Tensor, block: Block) {
  const { kernelSize, stride, outChannels } = block;
  const depthwise = convNormReLU(x, { outChannels: x.channels, kernelSize, stride, groups: x.channels }, block);
  const y = convNormReLU(depthwise, { outChannels, kernelSize: 1 }, block);
  return stride === 1 && x.channels === outChannels ? add(y, x) : y;
}

/** A pruning stage of the spreadsheet: the first has no number in its columns. */
function pruneStage(number: string, minWeight: number, weightDecay: number) {
  return prune({
    minAbs: param(`min_weight_value${number}`, minWeight),
    finetune: { weightDecay: param(`weight_decay_tune${number}`, weightDecay) },
  });
}

export default defineModel({
  name: "BacalhauNetTable",
  input: { shape: [1, 2, 1024] },
  forward(x) {
    x = quantHardTanh(x, { minVal: -2, maxVal: 3, actQuant: int(hardtanhBits) });
    for (const block of blocks) x = depthwiseSeparable(x, block);
    x = flatten(maxPool1d(x, { kernelSize: x.length }));
    if (dropoutProb > 0) x = dropout(x, { p: dropoutProb });
    return quantLinear(x, {
      outFeatures: 24,
      weightQuant: int(classifierBits),
      inputQuant: int(8),
      biasQuant: intBias(),
    });
  },
  challenge: itu2021(),
  data: radioml2018({ minSnr: -6 }),
  recipe: [
    train({
      epochs: 20,
      batchSize: 1024,
      optimizer: adam({ lr: 0.01, weightDecay: param("weight_decay", 1e-4) }),
      schedule: cosineWarmRestarts({ t0: 5 }),
    }),
    pruneStage("", 0.15, 5e-5),
    pruneStage("2", 0.25, 1e-4),
    pruneStage("3", 0.25, 1e-5),
  ],
});
