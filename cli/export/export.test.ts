/** `quantlens import` and `quantlens export` as a user runs them. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { writePth, type StateEntry } from "../../shared/weights/pth/write.js";
import { makeFolder } from "../testing/folder.js";
import { runCli } from "../testing/run-cli.js";

const model = `import { batchNorm1d, defineModel, flatten, globalMaxPool, int, quantConv1d, quantHardTanh, quantLinear, quantReLU, uint } from "quantlens";
export default defineModel({
  name: "Small",
  input: { shape: [1, 2, 16] },
  forward(x) {
    x = quantHardTanh(x, { minVal: -2, maxVal: 2, actQuant: int(BITS) });
    x = quantConv1d(x, { name: "first", outChannels: 4, kernelSize: 3, bias: false, weightQuant: int(4) });
    x = quantReLU(batchNorm1d(x), { actQuant: uint(4) });
    return quantLinear(flatten(globalMaxPool(x)), { name: "last", outFeatures: 3, weightQuant: int(4) });
  },
});
`;

const ramp = (shape: readonly number[], from = -1) => {
  const length = shape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, index) => from + index / length);
};

const entry = (name: string, shape: readonly number[], from?: number): StateEntry => ({
  name,
  shape,
  data: ramp(shape, from),
});

const state: readonly StateEntry[] = [
  { name: "act.scaling_impl.value", shape: [], data: Float32Array.of(1.5) },
  entry("conv.weight", [4, 2, 3]),
  entry("bn.weight", [4], 0.5),
  entry("bn.bias", [4], 0.1),
  entry("bn.running_mean", [4], 0),
  entry("bn.running_var", [4], 1),
  { name: "bn.num_batches_tracked", shape: [], data: Float64Array.of(7), elementType: "int64" },
  { name: "relu.scaling_impl.value", shape: [], data: Float32Array.of(2) },
  entry("fc.weight", [3, 4]),
  entry("fc.bias", [3], 0),
];

const folder = makeFolder({
  "small.model.ts": model.replace("BITS", "8"),
  "wide.model.ts": model.replace("BITS", "12"),
  "net.pth": writePth(state),
  "less.pth": writePth(state.filter(({ name }) => name !== "fc.bias")),
  "nan.pth": writePth(
    state.map((item) => (item.name === "conv.weight" ? { ...item, data: item.data.map(() => NaN) } : item)),
  ),
  "kept.safetensors": "kept",
});

const run = (...args: string[]) => runCli(args, { cwd: folder });
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, name), "utf8"));

describe("quantlens import and export", () => {
  it("takes a state dictionary into a checkpoint, and the checkpoint into ONNX that costs the same", async () => {
    const imported = await run("import", "small.model.ts", "--from", "net.pth", "-o", "net.safetensors");
    expect(imported.code).toBe(0);
    expect(imported.stdout).toMatch(/^first\.weight +4×2×3 +conv\.weight$/m);
    const exported = await run("export", "small.model.ts", "--weights", "net.safetensors", "-o", "net.onnx");
    expect(exported.code).toBe(0);
    const fromFile = await run("cost", "net.onnx", "--format", "json");
    const fromModel = await run("cost", "small.model.ts", "--weights", "net.safetensors", "--format", "json");
    const totals = (text: string) => {
      const { total_bops, total_mem_w_bits } = JSON.parse(text) as Record<string, number>;
      return { total_bops, total_mem_w_bits };
    };
    expect(totals(fromFile.stdout)).toEqual(totals(fromModel.stdout));
    expect(read("net.cost.json")).toMatchObject({ "finn-base": totals(fromModel.stdout) });
    expect(read("net.netron.json")).toMatchObject({ signature: "netron:attachment" });
  });

  it("writes the same bytes for the same input", async () => {
    await run("export", "small.model.ts", "--weights", "net.pth", "-o", "a.onnx");
    await run("export", "small.model.ts", "--weights", "net.pth", "-o", "b.onnx");
    expect(readFileSync(path.join(folder, "a.onnx"))).toEqual(readFileSync(path.join(folder, "b.onnx")));
  });

  it.each([
    [
      "a parameter without a tensor",
      ["import", "small.model.ts", "--from", "less.pth", "-o", "x.safetensors"],
      /nothing in it fits "last\.bias" \(3\) of the model/,
    ],
    [
      "a value that is no number",
      ["import", "small.model.ts", "--from", "nan.pth", "-o", "x.safetensors"],
      /"conv\.weight" has the value NaN at element 0/,
    ],
    [
      "an output that exists",
      ["import", "small.model.ts", "--from", "net.pth", "-o", "kept.safetensors"],
      /kept\.safetensors exists/,
    ],
    [
      "a width that QCDQ has not",
      ["export", "wide.model.ts", "--weights", "net.pth", "--format", "qcdq", "-o", "x.onnx"],
      /12 bits where QCDQ supports 2 to 8/,
    ],
    ["another extension", ["export", "small.model.ts", "--weights", "net.pth", "-o", "x.txt"], /must end with \.onnx/],
  ])("says in one sentence what is wrong with %s and writes nothing", async (_, args, sentence) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    for (const name of ["x.safetensors", "x.onnx", "x.cost.json"])
      expect(existsSync(path.join(folder, name))).toBe(false);
    expect(readFileSync(path.join(folder, "kept.safetensors"), "utf8")).toBe("kept");
  });

  it.skipIf(!hasGolden)("gives the published cost for the published weights (needs ../shared/golden)", async () => {
    const example = path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.model.ts");
    const weights = goldenPath("bacalhaunet", "gold_weights.pth");
    const { code } = await run("export", example, "--weights", weights, "-o", "gold.onnx");
    expect(code).toBe(0);
    expect(read("gold.cost.json")).toMatchObject({
      "finn-base": { total_bops: 19_242_864, total_mem_w_bits: 10_704 },
    });
  });
});
