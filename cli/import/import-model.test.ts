/** `quantlens import --from-onnx` as a user runs it. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { draftGraph } from "../../shared/testing/draft-graph.js";
import { writeQonnx } from "../../shared/onnx/write.js";
import { makeFolder } from "../testing/folder.js";
import { runCli } from "../testing/run-cli.js";

function network(weight: readonly number[], last: (x: string, draft: ReturnType<typeof draftGraph>) => string) {
  const draft = draftGraph();
  const x = draft.quant(draft.input("x", [1, 2, 4]), { bits: 8, scale: 0.1 });
  const w = draft.quant(draft.constant("first.weight", [2, 2, 1], weight), { bits: 4, narrow: true, scale: 0.07 });
  const conv = draft.node("Conv", [x, w], { kernel_shape: [1] });
  return writeQonnx(draft.build(last(draft.node("Flatten", [conv], { axis: 1 }), draft)));
}

const same = (x: string) => x;

const folder = makeFolder({
  "plain.onnx": network([0.5, 0, -0.2, 0.03], same),
  "softmax.onnx": network([0.5, 0, -0.2, 0.03], (x, draft) => draft.node("Softmax", [x])),
  "nan.onnx": network([Number.NaN, 0, 1, 1], same),
  "two.onnx": (() => {
    const draft = draftGraph();
    return writeQonnx(draft.build(draft.node("Add", [draft.input("a", [1, 2]), draft.input("b", [1, 2])])));
  })(),
  "cut.onnx": network([1, 1, 1, 1], same).subarray(0, 60),
  "kept.model.ts": "kept",
});

const run = (...args: string[]) => runCli(args, { cwd: folder });

async function cost(...args: string[]) {
  const { stdout } = await run("cost", ...args, "--format", "json");
  const dictionary = JSON.parse(stdout) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(dictionary).filter(([key]) => key !== "quantlens"));
}

describe("quantlens import --from-onnx", () => {
  it("writes a model file and a checkpoint that cost what the ONNX file costs, with zeros and without", async () => {
    const { code, stderr } = await run("import", "--from-onnx", "plain.onnx", "-o", "plain.model.ts");
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "plain.model.ts and plain.safetensors: 3 layers of plain.onnx, which cost what they cost there.\n",
    });
    expect(await cost("plain.model.ts", "--weights", "plain.safetensors")).toEqual(await cost("plain.onnx"));
    expect(await cost("plain.model.ts", "--no-sparsity")).toEqual(await cost("plain.onnx", "--no-sparsity"));
    const exported = await run("export", "plain.model.ts", "--weights", "plain.safetensors", "-o", "again.onnx");
    expect(exported.code).toBe(0);
    expect(await cost("again.onnx")).toEqual(await cost("plain.onnx"));
  });

  it("says which node it could not express, and exits with 1", async () => {
    const { code, stdout } = await run("import", "--from-onnx", "softmax.onnx", "-o", "softmax.model.ts");
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/\(Softmax\) has no function in the DSL\.\n/) as string,
    });
    expect(readFileSync(path.join(folder, "softmax.model.ts"), "utf8")).toContain('customOp(x, { name: "Softmax"');
  });

  it("writes the model file alone with --no-weights", async () => {
    const { code } = await run("import", "--from-onnx", "nan.onnx", "-o", "nan.model.ts", "--no-weights");
    expect(code).toBe(0);
    expect(existsSync(path.join(folder, "nan.safetensors"))).toBe(false);
  });

  it.each([
    [
      "weights that are no numbers",
      ["--from-onnx", "nan.onnx", "-o", "x.model.ts"],
      /the tensor for "first\.weight" has the value NaN/,
    ],
    ["two inputs", ["--from-onnx", "two.onnx", "-o", "x.model.ts"], /has 2 inputs/],
    ["a file that is cut short", ["--from-onnx", "cut.onnx", "-o", "x.model.ts"], /cut\.onnx: /],
    ["an output that exists", ["--from-onnx", "plain.onnx", "-o", "kept.model.ts"], /kept\.model\.ts exists/],
    ["another extension", ["--from-onnx", "plain.onnx", "-o", "x.txt"], /must end with \.ts/],
    ["both ways", ["kept.model.ts", "--from-onnx", "plain.onnx", "-o", "x.model.ts"], /leave them out/],
    ["neither way", ["kept.model.ts", "-o", "x.safetensors"], /--from with its weights/],
  ])("says in one sentence what is wrong with %s and writes nothing", async (_, args, sentence) => {
    const { code, stderr } = await run("import", ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    for (const name of ["x.model.ts", "x.safetensors", "x.txt"])
      expect(existsSync(path.join(folder, name))).toBe(false);
    expect(readFileSync(path.join(folder, "kept.model.ts"), "utf8")).toBe("kept");
  });

  it.skipIf(!hasGolden).each(["bacalhaunet_gold", "vgg10_w8a8", "aaronnet32plus", "tfc_2w2a"])(
    "expresses all of %s with its exact cost (needs ../shared/golden)",
    async (name) => {
      const file = goldenPath("onnx", `${name}.onnx`);
      const { code, stdout, stderr } = await run("import", "--from-onnx", file, "-o", `${name}.model.ts`);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
      expect(stderr).toContain("which cost what they cost there");
      const totals = ({ total_bops, total_mem_w_bits, total_mem_o_bits }: Record<string, unknown>) => ({
        total_bops,
        total_mem_w_bits,
        total_mem_o_bits,
      });
      const weights = ["--weights", `${name}.safetensors`];
      expect(totals(await cost(`${name}.model.ts`, ...weights))).toEqual(totals(await cost(file)));
    },
  );
});
