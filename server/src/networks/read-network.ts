/** Reads an ONNX file and costs it. All of the work on a large file: it runs in a thread of its own. */
import { readFileSync, statSync } from "node:fs";
import { baselines } from "../../../shared/cost/baselines.js";
import { diagramOf } from "../../../shared/diagram/diagram-of.js";
import type { Diagram, DiagramForm } from "../../../shared/diagram/types.js";
import { MAX_ONNX_BYTES, readOnnx } from "../../../shared/onnx/read.js";
import type { NoAnswer } from "../../../shared/network-messages.js";
import type { ReadJob, ReadNetwork } from "./jobs.js";
import { networkRecord } from "./record.js";

/** Never throws on what a file contains. */
export function readNetwork({ source, title, flavor, discountSparsity }: ReadJob): ReadNetwork | NoAnswer {
  const bytes = "bytes" in source ? source.bytes : readBytes(source.path);
  if ("problem" in bytes) return bytes;
  const { value, problems } = readOnnx(bytes);
  const notes = problems.map(({ message }) => message);
  if (!value) return { problem: notes.join(" ") };
  const options = { flavor, discountSparsity };
  const draw = (form: DiagramForm): Diagram | NoAnswer => {
    const described = diagramOf(value, { form, title, baseline: baselines.itu2021, ...options });
    return described.value ?? { problem: described.problem ?? "There is nothing to draw." };
  };
  return {
    record: networkRecord(value, { bytes: bytes.length, notes }, options),
    diagrams: { quantised: draw("quantised"), float: draw("float") },
  };
}

/** Looks at a file's size before it is read. What is no file (a pipe, a device without an end) is not read. */
function readBytes(path: string): Uint8Array | NoAnswer {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { problem: "This is no regular file: open an .onnx file." };
    if (stats.size > MAX_ONNX_BYTES) {
      return {
        problem: `The file has ${stats.size} bytes, and an ONNX file has ${MAX_ONNX_BYTES} at most: it is no ONNX model, or was damaged.`,
      };
    }
    return readFileSync(path);
  } catch (error) {
    return { problem: sentence((error as Partial<NodeJS.ErrnoException>).code) };
  }
}

function sentence(code: string | undefined): string {
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "The file is not there any more: export it again, or close this tab.";
    case "EACCES":
    case "EPERM":
      return "The file may not be read: change its permissions.";
    default:
      return `The file cannot be read (${code ?? "unknown error"}): try again, or copy it to another disk.`;
  }
}
