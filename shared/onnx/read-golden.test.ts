import { readdirSync, readFileSync } from "node:fs";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { readOnnx } from "./read.js";

const files = hasGolden
  ? ["onnx", "onnx_edge"].flatMap((folder) =>
      readdirSync(goldenPath(folder))
        .filter((file) => file.endsWith(".onnx"))
        .map((file) => [folder, file] as const),
    )
  : [];

describe.skipIf(!hasGolden)("readOnnx on the originals' files", () => {
  it.each(files)("%s/%s: nodes, names, values as onnx-proto decodes them", (folder, file) => {
    const bytes = readFileSync(goldenPath(folder, file));
    const { value: graph, problems } = readOnnx(bytes);
    expect(problems).toEqual([]);
    const oracle = onnxProto.onnx.ModelProto.decode(bytes).graph;
    expect(graph?.nodes.map(({ opType, inputs, outputs }) => ({ opType, inputs, outputs }))).toEqual(
      oracle?.node?.map(({ opType, input, output }) => ({ opType, inputs: input, outputs: output })),
    );
    for (const tensor of oracle?.initializer ?? []) {
      const read = graph?.tensors.get(tensor.name ?? "");
      expect(read?.shape).toEqual(tensor.dims?.map(Number));
      if (read?.elementType !== "float32") continue;
      const raw = Uint8Array.from(tensor.rawData ?? []);
      expect(read.data).toEqual(new Float32Array(raw.buffer));
    }
  });

  it("keeps the gold model's names and finds its one dynamic input", () => {
    const { value: graph } = readOnnx(readFileSync(goldenPath("onnx", "bacalhaunet_gold.onnx")));
    expect(graph?.inputs).toEqual(["inp.1"]);
    expect(graph?.outputs).toEqual(["206"]);
    expect(graph?.opset).toBe(9);
    expect(graph?.tensors.get("inp.1")?.shape).toEqual([1, 2, 1024]);
    expect(graph?.tensors.get("conv.0.dw.conv.weight")?.shape).toEqual([2, 1, 27]);
    expect(graph?.nodes[0]?.domain).toBe("qonnx.custom_op.general");
    const weights = graph?.nodes.filter((node) => node.opType === "Conv" || node.opType === "Gemm");
    expect(weights).toHaveLength(11);
  });
});
