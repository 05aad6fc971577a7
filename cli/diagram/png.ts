/** Pictures of drawings: resvg as WebAssembly, with a font of our own, so that every machine draws the same. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import type { Drawing } from "../../shared/diagram/draw.js";

/** Beside the bundle. */
const library = "resvg.wasm";
const fonts = ["inter-regular.ttf", "inter-semibold.ttf"];

export interface Png {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Pixels per unit of the drawing: less than was asked for where the picture would be too large. */
  readonly scale: number;
}

export interface PngOptions {
  /** Pixels per unit that are wanted. */
  readonly scale: number;
  /** More would take gigabytes while it is drawn. */
  readonly mostPixels?: number;
  /** The folder of the bundles: where this code itself is. */
  readonly dist?: string;
}

let loading: Promise<readonly Uint8Array[]> | undefined;

/** Makes a drawing into pixels. */
export async function renderPng(
  { svg, width, height }: Drawing,
  { scale: wanted, mostPixels = 80_000_000, dist = import.meta.dirname }: PngOptions,
): Promise<Png> {
  const fontBuffers = [...(await (loading ??= load(dist)))];
  const scale = Math.min(wanted, Math.sqrt(mostPixels / (width * height)));
  const font = { fontBuffers, defaultFontFamily: "Inter", loadSystemFonts: false };
  const image = new Resvg(svg, { font, fitTo: { mode: "zoom", value: scale } }).render();
  return { bytes: image.asPng(), width: image.width, height: image.height, scale };
}

async function load(dist: string): Promise<readonly Uint8Array[]> {
  await initWasm(await readFile(path.join(dist, library)));
  return Promise.all(fonts.map((font) => readFile(path.join(dist, font))));
}
