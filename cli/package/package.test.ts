/** `quantlens package` as a user runs it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { beforeAll, describe, expect, it } from "vitest";
import { computeCost } from "../../shared/cost/cost.js";
import { readOnnx } from "../../shared/onnx/read.js";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { readPth } from "../../shared/weights/pth/read.js";
import { writePth } from "../../shared/weights/pth/write.js";
import { pythonWith, runPython } from "../../shared/testing/python.js";
import { makeFolder } from "../testing/folder.js";
import { smallModel } from "../testing/models.js";
import { runCli } from "../testing/run-cli.js";
import { madeEvaluation, testFrameCount } from "./testing/evaluation.js";

const example = path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.model.ts");
const enough = Math.ceil(0.56 * testFrameCount);

const blocks = `import { int } from "quantlens";
export const weightBits = int(4);
`;
/** Our own, with a module above the model file's folder. */
const ownModel = `import { weightBits } from "../parts/blocks.js";\n${smallModel(4).replaceAll("int(4)", "weightBits")}`;

const ramp = (length: number, step: number) =>
  Float32Array.from({ length }, (_, index) => Math.sin(1 + step * index) * 0.7);

const folder = makeFolder({
  "nets/my-net.model.ts": ownModel,
  "parts/blocks.ts": blocks,
  "nets/other.model.ts": smallModel(4)
    .replace("1024]", "512]")
    .replace('"Small"', '"Other"')
    .replace("minVal: -2, maxVal: 3, actQuant: int(8)", "minVal: -2, maxVal: 3, actQuant: int(8, { zeroPoint: -3 })"),
  "net.pth": writePth([
    { name: "act.scaling_impl.value", shape: [], data: Float32Array.of(2) },
    { name: "first.weight", shape: [8, 2, 3], data: ramp(48, 1.3) },
    { name: "relu.scaling_impl.value", shape: [], data: Float32Array.of(2) },
    { name: "last.weight", shape: [24, 8], data: ramp(192, 0.7) },
  ]),
  "kept.zip": "kept",
  "nothing.json": "{}",
});

const run = (...args: string[]) => runCli(["package", ...args], { cwd: folder });
const unpack = (name: string) => unzipSync(new Uint8Array(readFileSync(path.join(folder, name))));
const text = (files: Readonly<Record<string, Uint8Array>>, name: string) => new TextDecoder().decode(files[name]);
const own = ["nets/my-net.model.ts", "--weights", "net.pth"] as const;

/** What a packaged file costs by finn-base. */
function costOf(onnx: Uint8Array | undefined) {
  const { value } = readOnnx(onnx ?? new Uint8Array());
  const { bops, memWBits } = computeCost(value!, { flavor: "finn-base", discountSparsity: true }).totals;
  return { bops, memWBits };
}

beforeAll(async () => {
  const { stdout } = await runCli(["cost", ...own, "--format", "json"], { cwd: folder });
  const { total_bops: bops = 0, total_mem_w_bits: memWBits = 0 } = JSON.parse(stdout) as Record<string, number>;
  const made = { ...madeEvaluation("Small", { bops, memWBits }, enough), file: "/home/me/n.ts", weights: "C:\\w.pth" };
  writeFileSync(path.join(folder, "own.json"), JSON.stringify(made));
  const few = madeEvaluation("Small", { bops, memWBits }, enough - 1);
  writeFileSync(path.join(folder, "few.json"), JSON.stringify(few));
  const cost = { bops: 19_242_864, memWBits: 10_704 };
  writeFileSync(path.join(folder, "gold.json"), JSON.stringify(madeEvaluation("BacalhauNetV1", cost, 143_884)));
});

describe("quantlens package", () => {
  it("packages a network with a module from above its folder, the same bytes each time", async () => {
    const args = [...own, "--evaluation", "own.json", "--repository", "https://example.org/net", "--comments", "none."];
    const { code, stdout, stderr } = await run(...args, "-o", "a.zip");
    expect(stderr).toContain("a.zip: all criteria");
    expect(code).toBe(0);
    expect(stdout).toContain("met     accuracy: 56.000 % (143,271 of 255,840 test frames).");
    expect(stdout).not.toContain("failed");
    const files = unpack("a.zip");
    expect(Object.keys(files)).toEqual([
      ...["Dockerfile", "README.md", "accuracy.md", "brevitas/my_net.pth", "brevitas/my_net.py"],
      ...["brevitas/my_net_evaluate.py", "brevitas/my_net_export.py", "cost.json", "evaluation.json", "my_net.onnx"],
      ...["source/nets/my-net.model.ts", "source/parts/blocks.ts", "submission_form.txt"],
    ]);
    expect(text(files, "source/nets/my-net.model.ts")).toBe(ownModel);
    expect(text(files, "source/parts/blocks.ts")).toBe(blocks);
    expect(text(files, "submission_form.txt")).toContain("-> https://example.org/net");
    expect(JSON.parse(text(files, "evaluation.json"))).toMatchObject({ file: "n.ts", weights: "w.pth" });
    expect(text(files, "brevitas/my_net_evaluate.py")).toContain("from my_net_export import load");
    await run(...args, "-o", "b.zip");
    expect(readFileSync(path.join(folder, "b.zip"))).toEqual(readFileSync(path.join(folder, "a.zip")));
  });

  it("writes nothing one frame below the accuracy, and with --force a zip that says so", async () => {
    const refused = await run(...own, "--evaluation", "few.json", "-o", "few.zip");
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^failed {2}accuracy: the accuracy is 55\.999 % .* at least 56\.000 %/m);
    expect(refused.stderr).toContain("1 of the criteria failed, so nothing is written");
    const forced = await run(...own, "--evaluation", "few.json", "-o", "few.zip", "--force");
    expect(forced.code).toBe(1);
    expect(existsSync(path.join(folder, "few.zip"))).toBe(false);
    const files = unpack("few.not-valid.zip");
    for (const name of ["submission_form.txt", "README.md"]) expect(text(files, name)).toContain("NOT VALID");
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("measures the accuracy itself, and says of each criterion why it fails", async () => {
    const data = ["--data", "synthetic:framesPerClassAndSnr=2", "--threads", "1"];
    const { code, stdout } = await run("nets/other.model.ts", "--weights", "net.pth", ...data, "-o", "other.zip");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    const small = await run(...own, ...data, "-o", "other.zip");
    expect(small.code).toBe(1);
    expect(small.stdout).toMatch(/^failed {2}accuracy: /m);
    expect(small.stdout).toMatch(/^failed {2}split: the accuracy was measured on synthetic, 2 frames/m);
    expect(small.stdout).toMatch(/^met {5}evaluated network: /m);
    expect(existsSync(path.join(folder, "other.zip"))).toBe(false);
  });

  it("names the input, the zero point and the lost source of a network that cannot take part", async () => {
    const args = ["nets/other.model.ts", "--weights", "net.pth", "--evaluation", "own.json", "-o", "zero.zip"];
    const { code, stdout } = await run(...args, "--force");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^failed {2}input: .*\(1, 2, 512\), where \(1, 2, 1024\) is prescribed\.$/m);
    expect(stdout).toMatch(/^failed {2}quantisation: .*zero point -3.*\(nonzero-zero-point\)$/m);
    expect(stdout).toMatch(/^failed {2}evaluated network: the evaluation is that of the model Small, where Other/m);
    expect(stdout).toMatch(/^failed {2}source: there is no PyTorch and Brevitas source of it: /m);
    const files = unpack("zero.not-valid.zip");
    expect(Object.keys(files).filter((name) => /brevitas|Dockerfile/.test(name))).toEqual([]);
    expect(text(files, "submission_form.txt")).toContain(".pth checkpoint in this zip:\n-> none");
  });

  it.each([
    ["an output that exists", [...own, "--evaluation", "own.json", "-o", "kept.zip"], /kept\.zip exists: .*--force/],
    ["an output that is no zip", [...own, "--evaluation", "own.json", "-o", "x.tar"], /its name must end with \.zip/],
    ["another document", [...own, "--evaluation", "nothing.json", "-o", "x.zip"], /nothing\.json is no evaluation/],
    ["no document", [...own, "--evaluation", "none.json", "-o", "x.zip"], /none\.json does not exist/],
    ["two ways", [...own, "--evaluation", "own.json", "--data", "synthetic", "-o", "x.zip"], /leave --data out/],
    ["a missing folder", [...own, "--evaluation", "own.json", "-o", "no/x.zip"], /no\/x\.zip cannot be written/],
  ])("refuses %s in one sentence", async (_, args, sentence) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(path.join(folder, "x.zip"))).toBe(false);
    expect(readFileSync(path.join(folder, "kept.zip"), "utf8")).toBe("kept");
  });

  it("looks at the place of the zip before it measures anything", async () => {
    const { code, stdout, stderr } = await run(...own, "--force", "-o", "no/x.zip");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/no\/x\.zip cannot be written: its folder does not exist/);
  });

  it.skipIf(pythonWith("numpy") === undefined)("measures in Python on the frames of the prescribed split", () => {
    const files = unpack("a.zip");
    const scripts = makeFolder({ "my_net_evaluate.py": files["brevitas/my_net_evaluate.py"]! });
    const script = "import my_net_evaluate as e; print(len(e.test_frames()))";
    const printed = runPython(pythonWith("numpy")!, ["-c", script], { PYTHONPATH: scripts });
    expect(printed.trim()).toBe(String(testFrameCount));
  });
});

describe.skipIf(!hasGolden)("quantlens package of the published network (needs ../shared)", () => {
  it("holds the complete form, an ONNX file of the published cost and weights that give it back", async () => {
    const weights = goldenPath("bacalhaunet", "gold_weights.pth");
    const { code, stderr } = await run(example, "--weights", weights, "--evaluation", "gold.json", "-o", "gold.zip");
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const files = unpack("gold.zip");
    const form = text(files, "submission_form.txt");
    const dictionary = /^-> (\{[^}]*\})$/m.exec(form)?.[1] ?? "";
    expect(JSON.parse(dictionary)).toEqual({
      discount_sparsity: true,
      mem_o_FLOAT32: 93_208,
      mem_w_SCALEDINT6: 1784,
      op_mac_FLOAT32_SCALEDINT6: 46_976,
      op_mac_SCALEDINT8_SCALEDINT6: 18_973,
      op_mac_SCALEDUINT6_SCALEDINT6: 258_688,
      total_bops: 19_242_864,
      total_mem_o_bits: 2_982_656,
      total_mem_w_bits: 10_704,
      unsupported: "set()",
    });
    expect(form).toContain("-> 56.239 % (143884 of 255840)");
    expect(form).toContain("-> 0.016211\n");
    expect(costOf(files["bacalhaunet.onnx"])).toEqual({ bops: 19_242_864, memWBits: 10_704 });
    expect(JSON.parse(text(files, "cost.json"))).toMatchObject({ "finn-base": { total_bops: 19_242_864 } });
    expect(readPth(files["brevitas/bacalhaunet.pth"]!).value?.entries.length).toBeGreaterThan(60);
    expect(files["source/bacalhaunet.model.ts"]).toEqual(new Uint8Array(readFileSync(example)));
    expect(text(files, "Dockerfile")).toContain('CMD ["python", "bacalhaunet_export.py"]');
    const unpacked = makeFolder({ "net.pth": files["brevitas/bacalhaunet.pth"]! });
    const again = await runCli(["cost", example, "--weights", path.join(unpacked, "net.pth"), "--format", "json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ total_bops: 19_242_864, total_mem_w_bits: 10_704 });
  });
});
