/** A tensor with rows of zeros around it, as convolutions read it. */
import type { NodeId } from "../flow/flow.js";
import { offset, type Place } from "../flow/place.js";
import type { Compilation } from "./compilation.js";
import type { Margin } from "./correlation.js";

/** A tensor as lines of positions of `channels` floats. */
export interface Grid {
  readonly lines: number;
  readonly positions: number;
  readonly channels: number;
}

export interface PaddedTensor {
  readonly node: NodeId;
  /** Floats from the node's begin to position 0 of line 0. */
  readonly origin: number;
  /** Floats from one line to the next. */
  readonly pitch: number;
}

/** A padded tensor whose memory is known: `origin` is position 0 of line 0, what lies before it are zeros. */
export interface PlacedTensor {
  readonly origin: Place;
  readonly pitch: number;
}

export function placed({ origin, pitch }: PaddedTensor, place: Place): PlacedTensor {
  return { origin: offset(place, origin), pitch };
}

/** The node itself if it needs no margin. */
export function padded(
  c: Compilation,
  name: string,
  node: NodeId,
  grid: Grid,
  lineMargin: Margin,
  positionMargin: Margin,
): PaddedTensor {
  const { lines, positions, channels } = grid;
  const pitch = (positionMargin.before + positions + positionMargin.after) * channels;
  const origin = lineMargin.before * pitch + positionMargin.before * channels;
  const floats = (lineMargin.before + lines + lineMargin.after) * pitch;
  if (floats === lines * positions * channels) return { node, origin: 0, pitch };
  const key = `${node} ${floats} ${origin} ${pitch}`;
  const known = c.paddedNodes.get(key);
  const made = known ?? padNode(c, name, node, grid, { floats, origin, pitch });
  c.paddedNodes.set(key, made);
  return { node: made, origin, pitch };
}

function padNode(
  c: Compilation,
  name: string,
  node: NodeId,
  { lines, positions, channels }: Grid,
  { floats, origin, pitch }: { readonly floats: number; readonly origin: number; readonly pitch: number },
): NodeId {
  const width = positions * channels;
  // Without zeros between its lines the tensor can be written into the middle at once.
  const isWhole = lines === 1 || width === pitch;
  const size = lines * width;
  return c.flow.node({
    name: `padding of ${name}`,
    inputs: [node],
    floats,
    ...(isWhole && { hosting: { kind: "inside", offset: origin } }),
    emit: ({ input, output, isHosted, call }) => {
      if (!isWhole) {
        call("fill", floats, 0, output);
        call("copyRows", lines, width, input(0), width, offset(output, origin), pitch);
        return;
      }
      if (!isHosted(0)) call("copyRows", 1, size, input(0), size, offset(output, origin), size);
      if (origin > 0) call("fill", origin, 0, output);
      const rest = floats - origin - size;
      if (rest > 0) call("fill", rest, 0, offset(output, origin + size));
    },
  });
}
