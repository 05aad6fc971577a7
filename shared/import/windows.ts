/** Sliding windows as the DSL's options. */
import type { GraphNode, Shape } from "../graph/graph.js";
import { windowOf, type Window } from "../graph/shapes/windows.js";
import type { CallOptions } from "./calls.js";
import { perAxis } from "./recognizer.js";

/** A window with a number for each spatial dimension, and its padding as numbers. */
export type FullWindow = Omit<Window, "autoPad">;

/** The window of a node, its defaults and `auto_pad` filled in. `input` and `output` are spatial sizes. */
export function fullWindow(node: GraphNode, input: Shape, output: Shape, weightKernel?: Shape): FullWindow {
  const window = windowOf(node, input.length, weightKernel);
  const { kernel, ceilMode } = window;
  const full = (values: readonly number[], byDefault: number) => input.map((_, axis) => values[axis] ?? byDefault);
  const [strides, dilations] = [full(window.strides, 1), full(window.dilations, 1)];
  const pads = input.map((size, axis) => padsOf(window, axis, { size, out: output[axis] ?? 1 }));
  return {
    ...{ kernel: full(kernel, 1), strides, dilations, ceilMode },
    padsBegin: pads.map(([begin]) => begin),
    padsEnd: pads.map(([, end]) => end),
  };
}

function padsOf(
  window: Window,
  axis: number,
  { size, out }: { readonly size: number; readonly out: number },
): readonly [number, number] {
  if (window.autoPad === "VALID") return [0, 0];
  if (!window.autoPad.startsWith("SAME")) return [window.padsBegin[axis] ?? 0, window.padsEnd[axis] ?? 0];
  const extent = (window.dilations[axis] ?? 1) * ((window.kernel[axis] ?? 1) - 1) + 1;
  const total = Math.max((out - 1) * (window.strides[axis] ?? 1) + extent - size, 0);
  const less = Math.floor(total / 2);
  return window.autoPad === "SAME_LOWER" ? [total - less, less] : [less, total - less];
}

/** The option `padding` of a convolution; a sentence's end for one that differs between the two sides. */
export function convPadding({ kernel, strides, dilations, padsBegin, padsEnd }: FullWindow): CallOptions | string {
  if (padsBegin.every((zeros, axis) => zeros === padsEnd[axis])) return perAxis("padding", padsBegin, 0);
  const same = kernel.every((size, axis) => {
    const total = (dilations[axis] ?? 1) * (size - 1);
    const begin = Math.floor(total / 2);
    return strides[axis] === 1 && padsBegin[axis] === begin && padsEnd[axis] === total - begin;
  });
  return same ? { padding: "same" } : unequalPads({ padsBegin, padsEnd });
}

/** Why a padding with unequal sides cannot be said. */
export function unequalPads({ padsBegin, padsEnd }: Pick<FullWindow, "padsBegin" | "padsEnd">): string {
  return `has a padding of ${padsBegin.join("×")} before and ${padsEnd.join("×")} behind, where the DSL has the same on both sides`;
}
