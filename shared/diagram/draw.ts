/** From what a drawing shows to the drawing. */
import { placeDiagram } from "./place.js";
import { diagramSvg } from "./svg.js";
import type { Diagram } from "./types.js";

export interface Drawing {
  /** A whole document. */
  readonly svg: string;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

export interface DrawOptions {
  /** False: without a style sheet, for a page that has one of its own and may not have others. */
  readonly styled?: boolean;
}

/** Places and draws a diagram. */
export function drawDiagram(diagram: Diagram, { styled = true }: DrawOptions = {}): Drawing {
  const placement = placeDiagram(diagram);
  const { width, height } = placement;
  return { svg: diagramSvg(diagram, placement, styled), width, height };
}
