/** `quantlens import` and `quantlens export` as a user runs them. */
import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readOnnx } from "../../shared/onnx/read.js";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { readPth } from "../../shared/weights/pth/read.js";
import { writePth, type StateEntry } from "../../shared/weights/pth/write.js";
import { makeFolder } from "../testing/folder.js";
import { cliProgram, runCli } from "../testing/run-cli.js";

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
  "infinite.pth": writePth(
    state.map((item) => (item.name === "fc.weight" ? { ...item, data: item.data.map(() => Infinity) } : item)),
  ),
  "zero.pth": writePth(
    state.map((item) => (item.name === "conv.weight" ? { ...item, data: item.data.map(() => 0) } : item)),
  ),
  "denormal.pth": writePth(
    state.map((item) => (item.name === "bn.weight" ? { ...item, data: item.data.map(() => 1e-41) } : item)),
  ),
  "kept.safetensors": "kept",
});

const run = (...args: string[]) => runCli(args, { cwd: folder });
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, name), "utf8"));

/** A checkpoint of ours whose first weight became NaN, as after a training that diverged. */
async function writeDiverged(): Promise<void> {
  await run("import", "small.model.ts", "--from", "net.pth", "-o", "diverged.safetensors");
  const bytes = readFileSync(path.join(folder, "diverged.safetensors"));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerLength).toString("utf8")) as Record<
    string,
    { readonly data_offsets: readonly [number, number] }
  >;
  const name = Object.keys(header).find((key) => key.includes("first.weight")) ?? "";
  bytes.writeFloatLE(NaN, 8 + headerLength + (header[name]?.data_offsets[0] ?? 0));
  writeFileSync(path.join(folder, "diverged.safetensors"), bytes);
}

beforeAll(writeDiverged);

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

  it("notes the export beside the model, and stands where that cannot be done", async () => {
    const noted = makeFolder({ "net.model.ts": model.replace("BITS", "8"), "net.pth": writePth(state) });
    const args = ["export", "net.model.ts", "--weights", "net.pth", "-o", "net.onnx", "--force"];
    expect(await runCli(args, { cwd: noted })).toMatchObject({ code: 0 });
    const index = path.join(noted, ".quantlens", "exports.json");
    expect(JSON.parse(readFileSync(index, "utf8"))).toMatchObject({
      exports: [{ model: "net.model.ts", output: "net.onnx", format: "qonnx" }],
    });
    rmSync(path.dirname(index), { recursive: true });
    writeFileSync(path.dirname(index), "");
    const { code, stderr } = await runCli(args, { cwd: noted });
    expect(code).toBe(0);
    expect(stderr).toContain("The editor will not show this export");
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
    [
      "weights of another model",
      ["export", "small.model.ts", "--weights", "less.pth", "-o", "x.onnx"],
      /less\.pth does not fit the model: nothing in it fits "last\.bias"/,
    ],
    [
      "a weight that is infinite",
      ["export", "small.model.ts", "--weights", "infinite.pth", "-o", "x.onnx"],
      /"fc\.weight" has the value Infinity at element 0/,
    ],
    [
      "a checkpoint of ours that diverged",
      ["export", "small.model.ts", "--weights", "diverged.safetensors", "-o", "x.onnx"],
      /the tensor "first\.weight" has the value NaN at element 0/,
    ],
    [
      "weights that Brevitas cannot scale",
      ["export", "small.model.ts", "--weights", "zero.pth", "--format", "brevitas", "-o", "x.py"],
      /All values of "first\.weight" are 0/,
    ],
    [
      "an output in the place of its own weights",
      ["export", "small.model.ts", "--weights", "net.pth", "--format", "brevitas", "-o", "./net.py", "--force"],
      /net\.pth would be replaced by the export, and holds its weights/,
    ],
    [
      "a name that Python cannot import",
      ["export", "small.model.ts", "--weights", "net.pth", "--format", "brevitas", "-o", "my-net.py"],
      /my-net\.py cannot be imported by Python/,
    ],
    [
      "a dialect of another format",
      [
        "export",
        "small.model.ts",
        "--weights",
        "net.pth",
        "--format",
        "qcdq",
        "--dialect",
        "brevitas-0.6",
        "-o",
        "x.onnx",
      ],
      /--dialect brevitas-0\.6 is a form of QONNX/,
    ],
    [
      "a folder that is not there",
      ["export", "small.model.ts", "--weights", "net.pth", "-o", "nowhere/x.onnx"],
      /x\.onnx cannot be written/,
    ],
    [
      "another extension",
      ["export", "small.model.ts", "--weights", "net.pth", "-o", "x.txt"],
      /needs a name that ends with \.onnx/,
    ],
    ["no name", ["export", "small.model.ts", "--weights", "net.pth", "-o", ".onnx"], /\.onnx cannot be the ONNX file/],
  ])("says in one sentence what is wrong with %s and writes nothing", async (_, args, sentence) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    for (const name of ["x.safetensors", "x.onnx", "x.cost.json", "x.py", "x.pth"])
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

describe("quantlens export --format brevitas", () => {
  it("writes source, weights, script and cost", async () => {
    const args = ["export", "small.model.ts", "--weights", "net.pth", "--format", "brevitas", "-o", "small.py"];
    expect((await run(...args)).code).toBe(0);
    expect(readFileSync(path.join(folder, "small.py"), "utf8")).toContain("class Small(nn.Module):");
    expect(readFileSync(path.join(folder, "small_export.py"), "utf8")).toContain("from small import Small\n");
    const names = readPth(readFileSync(path.join(folder, "small.pth"))).value?.entries.map(({ name }) => name);
    expect(names).toContain("first.weight");
    expect(read("small.cost.json")).toHaveProperty(["finn-base", "total_bops"]);
    const again = await run(...args);
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/small\.py exists/) as unknown,
    });
  });
});

describe("what is unusual but right", () => {
  it.each(["zero.pth", "denormal.pth"])("exports %s with finite scales", async (weights) => {
    for (const format of ["qonnx", "qcdq"]) {
      const output = `${weights}.${format}.onnx`;
      const { code } = await run("export", "small.model.ts", "--weights", weights, "--format", format, "-o", output);
      expect(code).toBe(0);
      const graph = readOnnx(readFileSync(path.join(folder, output))).value;
      for (const { data = [] } of graph?.tensors.values() ?? [])
        for (const value of data) expect(Number.isFinite(value)).toBe(true);
    }
  });
});

/** A process that is limited by the system, not by us. */
function limited(script: string, args: readonly string[], options: SpawnSyncOptions = {}) {
  const { status, stderr } = spawnSync(
    "bash",
    ["-c", `${script}; exec "$@"`, "bash", process.execPath, cliProgram(), ...args],
    {
      ...options,
      cwd: folder,
      encoding: "utf8",
    },
  );
  return { code: status, stderr };
}

const isRoot = process.getuid?.() === 0;
const hasBash = spawnSync("bash", ["-c", "true"]).status === 0;

describe.skipIf(!hasBash)("a disk that takes no more (needs bash)", () => {
  it.each(["qonnx", "brevitas"])("leaves nothing of %s when a file would be too large", (format) => {
    const output = format === "qonnx" ? "full/x.onnx" : "full/x.py";
    mkdirSync(path.join(folder, "full"), { recursive: true });
    const args = ["export", "small.model.ts", "--weights", "net.pth", "--format", format, "-o", output];
    // In blocks of 1,024 bytes: the small files fit, the costs do not.
    const { code, stderr } = limited("trap '' XFSZ; ulimit -f 1", args);
    expect({ code, sentences: stderr.trim().split("\n") }).toEqual({
      code: 2,
      sentences: [expect.stringMatching(/cannot be written: it would be larger than the system allows/)],
    });
    expect(readdirSync(path.join(folder, "full"))).toEqual([]);
  });

  it("leaves nothing on a full file system (needs root and the right to mount)", ({ skip }) => {
    const disk = path.join(folder, "disk");
    mkdirSync(disk, { recursive: true });
    const mounted = isRoot && spawnSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", disk]).status === 0;
    if (!mounted) skip("this process must not mount a file system");
    try {
      const args = ["export", "small.model.ts", "--weights", "net.pth", "-o", "disk/x.onnx"];
      const { code, stderr } = limited("true", args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/the disk is full/) as unknown });
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      spawnSync("umount", [disk]);
    }
  });

  it.skipIf(process.platform === "win32")("says that a folder is read-only", () => {
    const locked = path.join(folder, "locked");
    mkdirSync(locked, { recursive: true });
    for (const place of [folder, locked]) chmodSync(place, 0o555);
    try {
      const args = ["export", "small.model.ts", "--weights", "net.pth", "-o", "locked/x.onnx"];
      // Root may write everywhere, so it becomes nobody.
      const { code, stderr } = limited("true", args, isRoot ? { uid: 65_534, gid: 65_534 } : {});
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/you have no permission/) as unknown });
    } finally {
      for (const place of [folder, locked]) chmodSync(place, 0o755);
    }
    expect(readdirSync(locked)).toEqual([]);
  });
});
