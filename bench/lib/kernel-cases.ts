/** What the kernel benchmark runs: the layers of BacalhauNet and VGG10, one sample a call, from the cache. */
import type { Kernels, Pointer } from "../../cli/train/wasm/kernels.js";

export interface KernelCase {
  readonly name: string;
  /** Floating-point operations of a call (a multiply-add is 2). */
  readonly flops?: number;
  /** Bytes of a call that are read or written, each operand once. */
  readonly bytes?: number;
  readonly run: (kernels: Kernels, at: Operands) => void;
}

/** Half a megabyte apart. */
export interface Operands {
  readonly x: Pointer;
  readonly w: Pointer;
  readonly y: Pointer;
  readonly d: Pointer;
  readonly parameters: Pointer;
}

export const operandsSize = 2.5 * 2 ** 20;

export function operandsAt(base: Pointer): Operands {
  const [x, w, y, d, parameters] = [0, 1, 2, 3, 4].map((index) => base + index * 2 ** 19) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { x, w, y, d, parameters };
}

interface Convolution {
  readonly rows: number;
  readonly channels: number;
  readonly taps: number;
  readonly stride: number;
}

/** The depthwise layers of BacalhauNet; the first has 2 channels and 2 lanes of padding, which are not counted. */
const depthwiseLayers: readonly Convolution[] = [
  { rows: 512, channels: 4, taps: 27, stride: 2 },
  { rows: 512, channels: 24, taps: 21, stride: 1 },
  { rows: 256, channels: 24, taps: 15, stride: 2 },
  { rows: 256, channels: 48, taps: 9, stride: 1 },
  { rows: 128, channels: 48, taps: 9, stride: 2 },
];

function depthwiseCases(layer: Convolution): KernelCase[] {
  const { rows, channels, taps, stride } = layer;
  const flops = 2 * rows * (channels === 4 ? 2 : channels) * taps;
  const label = `${channels === 4 ? 2 : channels} channels, ${taps} taps, stride ${stride}`;
  return [
    {
      name: `depthwise, ${label}`,
      flops,
      run: (kernels, { x, w, y }) => {
        kernels.depthwise(rows, channels, 1, taps, x, stride * channels, 0, channels, w, 0, channels, y, channels, 0);
      },
    },
    {
      name: `depthwiseGradWeight, ${label}`,
      flops,
      run: (kernels, { x, d, w }) => {
        kernels.depthwiseGradWeight(rows, channels, 1, taps, x, stride * channels, 0, channels, d, channels, w);
      },
    },
  ];
}

/** Rows, inner and outer size of a product: pointwise layers, and VGG10's dense ones with 3 taps. */
const products: readonly (readonly [string, number, number, number])[] = [
  ["512 x 24 to 24", 512, 24, 24],
  ["256 x 24 to 48", 256, 24, 48],
  ["256 x 48 to 48", 256, 48, 48],
  ["VGG10, 512 x 3 x 64 to 64", 512, 192, 64],
];

function productCases([label, rows, inner, outer]: (typeof products)[number]): KernelCase[] {
  const ldx = inner === 192 ? 64 : inner;
  const flops = 2 * rows * inner * outer;
  return [
    {
      name: `gemm, ${label}`,
      flops,
      run: (kernels, { x, w, y }) => {
        kernels.gemm(rows, inner, outer, x, ldx, w, outer, y, outer, 0);
      },
    },
    {
      name: `gemmGradWeight, ${label}`,
      flops,
      run: (kernels, { x, d, w }) => {
        kernels.gemmGradWeight(rows, inner, outer, x, ldx, d, outer, w, outer);
      },
    },
  ];
}

/** One parameter vector of up to 64 channels after another. */
function vector(parameters: Pointer, index: number): Pointer {
  return parameters + index * 1024;
}

function passCases(rows: number, channels: number): KernelCase[] {
  const tensor = rows * channels * 4;
  const label = `${rows} x ${channels}`;
  return [
    {
      name: `quantize, ${label}`,
      bytes: 2 * tensor,
      run: (kernels, { x, y, parameters: p }) => {
        kernels.quantize(rows, channels, x, p, vector(p, 1), 0, 63, 1, vector(p, 2), vector(p, 3), 0, y, 0);
      },
    },
    {
      name: `quantizeGradSums, ${label}`,
      bytes: 2 * tensor,
      run: (kernels, { x, d, parameters: p }) => {
        const [b, shift, sums] = [vector(p, 1), vector(p, 2), vector(p, 8)];
        kernels.quantizeGradSums(rows, channels, x, p, b, shift, d, 0, 63, 0, 1, p, 0, sums);
      },
    },
    {
      name: `quantizeGradInput, ${label}`,
      bytes: 3 * tensor,
      run: (kernels, { x, d, y, parameters: p }) => {
        const [b, a1, a2, a3] = [vector(p, 1), vector(p, 2), vector(p, 3), vector(p, 4)];
        kernels.quantizeGradInput(rows, channels, x, p, b, d, 63, 0, p, 0, a1, a2, a3, y, 0);
      },
    },
    {
      name: `channelSums, ${label}`,
      bytes: tensor,
      run: (kernels, { x, parameters: p }) => {
        kernels.channelSums(rows, channels, x, p, vector(p, 8));
      },
    },
  ];
}

export const kernelCases: readonly KernelCase[] = [
  ...depthwiseLayers.flatMap(depthwiseCases),
  ...products.flatMap(productCases),
  ...passCases(512, 24),
  ...passCases(256, 48),
  {
    name: "copyRows, 1024 x 24 (the machine's memory copy)",
    bytes: 2 * 1024 * 24 * 4,
    run: (kernels, { x, y }) => {
      kernels.copyRows(1, 1024 * 24, x, 0, y, 0);
    },
  },
];
