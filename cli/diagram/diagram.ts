/** `quantlens diagram`: a model as a picture. The bundle `dist/diagram.cjs`, loaded when the command is called. */
import path from "node:path";
import { diagramOf } from "../../shared/diagram/diagram-of.js";
import { drawDiagram, type Drawing } from "../../shared/diagram/draw.js";
import type { DiagramForm } from "../../shared/diagram/types.js";
import { costedModel } from "../cost.js";
import { CliError, exitCodes } from "../errors.js";
import { inputKind } from "../input/files.js";
import type { ModelOptions } from "../options.js";
import { checkPlaces, writeFileAtomic } from "../output/atomic-file.js";
import { writeMessage, writeResult } from "../output/streams.js";
import { renderPng } from "./png.js";

export interface DiagramCommandOptions extends ModelOptions {
  readonly form: DiagramForm;
  /** A `.svg` or `.png` file; absent: SVG on standard output. */
  readonly output?: string;
  /** Pixels of a PNG per pixel of the drawing. */
  readonly scale: number;
  readonly force: boolean;
}

/** Draws the model of a file; gives the exit code. */
export async function diagram(file: string, options: DiagramCommandOptions): Promise<number> {
  const { output, form, flavor, sparsity: discountSparsity } = options;
  const kind = output === undefined ? "svg" : pictureKind(output);
  if (output !== undefined) checkPlaces([output], options);
  const { graph, baseline } = await costedModel(file, options);
  const title = inputKind(file) === "onnx" ? path.basename(file) : graph.name;
  const { value, problem } = diagramOf(graph, { form, title, baseline, flavor, discountSparsity });
  if (!value) throw new CliError(`${file}: ${problem ?? "there is nothing to draw."}`);
  const drawing = drawDiagram(value);
  if (output === undefined) {
    writeResult(drawing.svg);
    return exitCodes.clean;
  }
  if (kind === "svg") writeFileAtomic(output, drawing.svg);
  else await writePng(output, drawing, options.scale);
  writeMessage(`${output}: ${value.nodes.length} nodes, ${value.summary}.`);
  return exitCodes.clean;
}

async function writePng(output: string, drawing: Drawing, wanted: number): Promise<void> {
  const { bytes, scale, width, height } = await renderPng(drawing, { scale: wanted });
  writeFileAtomic(output, bytes);
  if (scale === wanted) return;
  writeMessage(
    `${output} has ${width} × ${height} pixels, which is scale ${scale.toFixed(2)} instead of ${wanted}: it would be too large; an .svg file has no limit.`,
  );
}

function pictureKind(output: string): "svg" | "png" {
  const extension = path.extname(output).toLowerCase();
  if (extension === ".svg") return "svg";
  if (extension === ".png") return "png";
  throw new CliError(`${output} cannot be drawn: its name must end with .svg or .png.`);
}
