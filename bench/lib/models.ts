/** Model files to measure on. */
import { readFileSync } from "node:fs";
import path from "node:path";

export interface Subject {
  readonly name: string;
  readonly text: string;
  /** Where a digit is typed over, and the digits to alternate between; each changes a hint. */
  readonly offset: number;
  readonly digits: readonly [string, string];
}

/** The example, edited at the first block's kernel size (27 and 25 change that layer's cost). */
export function bacalhaunet(root: string): Subject {
  const text = readFileSync(path.join(root, "examples/bacalhaunet/bacalhaunet.model.ts"), "utf8");
  return {
    name: "BacalhauNet",
    text,
    offset: text.indexOf("kernelSize: 27") + "kernelSize: 2".length,
    digits: ["5", "7"],
  };
}

/** A flat file of `layers` layer calls (convolution, batch norm, activation by turns), one a line. */
export function generated(layers: number): Subject {
  const lines = [
    'import { defineModel, int, uint, quantConv1d, batchNorm1d, quantReLU, quantIdentity } from "quantlens";',
    "",
    "export default defineModel({",
    '  name: "Generated",',
    "  input: { shape: [1, 16, 256] },",
    "  forward(x) {",
    "    x = quantIdentity(x, { actQuant: int(8) });",
  ];
  const body = [
    "    x = quantConv1d(x, { outChannels: 16, kernelSize: 9, padding: 4, bias: false, weightQuant: int(6) });",
    "    x = batchNorm1d(x);",
    "    x = quantReLU(x, { actQuant: uint(6) });",
  ];
  for (let index = 1; index < layers; index++) lines.push(body[(index - 1) % body.length] ?? "");
  lines.push("    return x;", "  },", "});", "");
  const text = lines.join("\n");
  const marker = "outChannels: 16, kernelSize: ";
  return { name: `${layers} layers`, text, offset: text.indexOf(marker) + marker.length, digits: ["7", "9"] };
}
