/** `quantlens diagram`: its arguments, options and help. */
import { Option } from "commander";
import type { DiagramCommandOptions } from "../diagram/diagram.js";
import { parseScale } from "../options.js";
import { examples, modelOptions, type AddCommand } from "./common.js";

type GivenOptions = Omit<DiagramCommandOptions, "form"> & { readonly float?: true };

export const addDiagram: AddCommand = (program, done) => {
  modelOptions(program.command("diagram"))
    .summary("draw a model's graph")
    .description(
      "Draws the graph of a model with shapes, data types and bit widths, and the cost of each node as its colour.",
    )
    .argument("<file>", "a model file (.ts) or an ONNX file (.onnx)")
    .option("--quantised", "the graph with its quantisers (default)")
    .addOption(
      new Option("--float", "the network without its quantisers, and what it costs in float").conflicts("quantised"),
    )
    .option("-o, --output <file>", "file to write, .svg or .png; without it, SVG is printed")
    .option("--scale <number>", "pixels of a PNG per unit of the drawing", parseScale, 2)
    .option("--force", "replace a file that exists", false)
    .addHelpText(
      "after",
      examples(
        ["quantlens diagram net.model.ts -o net.svg", "the quantised network, for a page or a paper"],
        ["quantlens diagram net.onnx --float -o net.png", "the float network, as pixels"],
      ),
    )
    .action(async (file: string, options: GivenOptions) => {
      const { diagram } = await import("../diagram/diagram.js");
      done(await diagram(file, { ...options, form: options.float ? "float" : "quantised" }));
    });
};
