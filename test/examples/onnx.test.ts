/**
 * `examples/bacalhaunet/bacalhaunet.onnx` is what QuantLens's ONNX writer makes of the model file beside it.
 * `WRITE_EXAMPLES=1 npm run unit -- test/examples` writes it anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { filesOnDisk, runnerFor } from "../../cli/input/host.js";
import { cliProgram } from "../../cli/testing/run-cli.js";
import { graphFromJson } from "../../shared/graph/graph.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { evaluateModel } from "../../shared/sandbox/evaluate.js";

const folder = path.resolve(import.meta.dirname, "../../examples/bacalhaunet");
const runner = runnerFor("sandbox", path.dirname(cliProgram()));

afterAll(() => runner.dispose());

describe("the example's ONNX file", () => {
  it("is what its model file is written as", async () => {
    const entry = path.join(folder, "bacalhaunet.model.ts");
    const { definition } = await evaluateModel(
      entry,
      { ...filesOnDisk, runner },
      { deadlineMs: 60_000, memoryMb: 256 },
    );
    if (definition === undefined) throw new Error("the example does not run");
    const written = writeQonnx(graphFromJson(definition.graph));
    const file = path.join(folder, "bacalhaunet.onnx");
    if (process.env.WRITE_EXAMPLES) writeFileSync(file, written);
    expect(Buffer.compare(readFileSync(file), written)).toBe(0);
  });
});
