/** Sliding windows of convolutions and pools, made to fit their input. */
import type { Shape } from "../graph/graph.js";
import { formatShape, reportLayer, type LayerDraft } from "./layer.js";

/** Rows and columns, or one number for both. */
export type PerAxis2d = number | readonly [height: number, width: number];

/** One entry per spatial dimension. */
export interface Window {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
}

/** The window; where it is larger than the padded positions this is reported and the kernel made as large as they are. */
export function fittingWindow(layer: LayerDraft, spatial: Shape, window: Window): Window {
  const paddedSize = (axis: number): number =>
    (spatial[axis] ?? 1) + (window.padBegin[axis] ?? 0) + (window.padEnd[axis] ?? 0);
  const extentOf = (size: number, axis: number): number => (window.dilation[axis] ?? 1) * (size - 1) + 1;
  if (window.kernelSize.every((size, axis) => extentOf(size, axis) <= paddedSize(axis))) return window;
  const padded = spatial.map((_, axis) => paddedSize(axis));
  const extent = window.kernelSize.map(extentOf);
  const fits = extent.map((size, axis) => size <= (padded[axis] ?? 1));
  reportLayer(
    layer,
    "shape-mismatch",
    `has a window of ${formatShape(extent)} positions, but its padded input has ${formatShape(padded)}; use a smaller kernelSize or dilation, more padding, or less stride before it.`,
    ["kernelSize"],
  );
  return {
    ...window,
    kernelSize: window.kernelSize.map((size, axis) => (fits[axis] ? size : (padded[axis] ?? 1))),
    dilation: window.dilation.map((step, axis) => (fits[axis] ? step : 1)),
  };
}
