import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../testing/golden.js";
import { randomGraph } from "./testing/models.js";
import { expectSameCost, read } from "./testing/reading.js";
import { writeQonnx } from "./write.js";

describe("writeQonnx", () => {
  it("gives a file that costs what the graph costs, with and without known densities", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        expectSameCost(read(writeQonnx(graph)), graph);
      }),
      { numRuns: 200, seed: 20 },
    );
  });

  it("keeps names, shapes and attributes, and gives the same bytes again", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const bytes = writeQonnx(graph);
        expect(writeQonnx(graph)).toEqual(bytes);
        const written = read(bytes);
        expect(written.nodes.map(({ name, inputs, outputs }) => ({ name, inputs, outputs }))).toEqual(
          graph.nodes.map(({ name, inputs, outputs }) => ({ name, inputs, outputs })),
        );
        for (const tensor of graph.tensors.values()) {
          expect(written.tensors.get(tensor.name)?.shape).toEqual(tensor.shape);
        }
      }),
      { numRuns: 50, seed: 21 },
    );
  });
});

const files = hasGolden
  ? ["onnx", "onnx_edge"].flatMap((folder) =>
      readdirSync(goldenPath(folder))
        .filter((file) => file.endsWith(".onnx"))
        .map((file) => [folder, file] as const),
    )
  : [];

describe.skipIf(!hasGolden)("read, write, read on the originals' files", () => {
  it.each(files)("%s/%s costs the same", (folder, file) => {
    const graph = read(readFileSync(goldenPath(folder, file)));
    const again = read(writeQonnx(graph));
    expectSameCost(again, graph);
    expect(again.opset).toBe(graph.opset);
    expect(again.nodes).toEqual(graph.nodes);
    expect(again.tensors).toEqual(graph.tensors);
  });
});

describe("the file's header", () => {
  it("names the writer, the operator sets and the metadata in a fixed order", () => {
    const [graph] = fc.sample(randomGraph, { numRuns: 1, seed: 3 });
    const bytes = writeQonnx(graph!, { producerVersion: "1.2.3", metadata: { b: "2", a: "1" } });
    const model = onnxProto.onnx.ModelProto.decode(bytes);
    expect(model.producerName).toBe("quantlens");
    expect(model.producerVersion).toBe("1.2.3");
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([
      ["a", "1"],
      ["b", "2"],
    ]);
    expect(Number(model.irVersion)).toBe(7);
    expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])[0]).toEqual(["", 9]);
  });

  it("carries data type annotations", () => {
    const [graph] = fc.sample(randomGraph, { numRuns: 1, seed: 3 });
    const tensors = new Map(graph?.tensors);
    tensors.set("x", { ...tensors.get("x")!, dataType: "SCALEDINT8" });
    expect(read(writeQonnx({ ...graph!, tensors })).tensors.get("x")?.dataType).toBe("SCALEDINT8");
  });
});

describe("the dialect of Brevitas 0.6", () => {
  it("has Quant in ONNX's own domain, IR 6 and all initialisers among the inputs, and costs the same", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const bytes = writeQonnx(graph, { dialect: "brevitas-0.6" });
        const model = onnxProto.onnx.ModelProto.decode(bytes);
        expect(Number(model.irVersion)).toBe(6);
        const quantizers = model.graph?.node?.filter(({ opType }) => opType === "Quant") ?? [];
        for (const { domain = "", attribute = [] } of quantizers) {
          expect(domain).toBe("");
          expect(attribute?.map(({ name }) => name)).not.toContain("rounding_mode");
        }
        expect(model.opsetImport.map(({ domain }) => domain)).not.toContain("qonnx.custom_op.general");
        const inputs = new Set(model.graph?.input?.map(({ name }) => name));
        for (const { name } of model.graph?.initializer ?? []) expect(inputs.has(name)).toBe(true);
        const again = read(bytes);
        expect(again.inputs).toEqual(graph.inputs);
        expectSameCost(again, graph);
      }),
      { numRuns: 100, seed: 22 },
    );
  });
});
