/** ONNX files that the user named. */
import type { Graph } from "../../shared/graph/graph.js";
import { MAX_ONNX_BYTES, readOnnx } from "../../shared/onnx/read.js";
import { CliError } from "../errors.js";
import { writeMessage } from "../output/streams.js";
import { readInput } from "./files.js";

/** The graph of an ONNX file. What was left out of it is said on standard error; throws a `CliError` if there is none. */
export function loadOnnx(file: string): Graph {
  const { value, problems } = readOnnx(readInput(file, MAX_ONNX_BYTES));
  if (value === undefined) throw new CliError(problems.map(({ message }) => `${file}: ${message}`).join("\n"));
  for (const { message } of problems) writeMessage(`${file}: ${message}`);
  return value;
}
