import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { flatten, int, quantConv1d, quantHardTanh, quantLinear, quantReLU, uint } from "../../shared/dsl/index.js";
import { writeSafetensors } from "../../shared/weights/safetensors.js";
import { makeFolder } from "../testing/folder.js";
import { runCli, type CliResult } from "../testing/run-cli.js";
import { programOf } from "../train/testing/program.js";
import { randomParameters } from "./testing/random-network.js";

/** A convolution with a long stride, so that a sample costs next to nothing. */
const model = (outFeatures: number, more = ""): string => `
import { defineModel, flatten, int, itu2021, quantConv1d, quantHardTanh, quantLinear, quantReLU, uint } from "quantlens";

export default defineModel({
  name: "Strides",
  input: { shape: [1, 2, 1024] },
  forward(x) {
    x = quantHardTanh(x, { name: "in", minVal: -2, maxVal: 2, actQuant: int(8) });
    x = quantConv1d(x, { name: "conv", outChannels: 4, kernelSize: 64, stride: 64, bias: false, weightQuant: int(4) });
    x = quantReLU(x, { name: "act", actQuant: uint(4) });
    return quantLinear(flatten(x), { name: "fc", outFeatures: ${outFeatures}, bias: false, weightQuant: int(4) });
  },
  ${more}
});
`;

const program = programOf([1, 2, 1024], (x) => {
  x = quantHardTanh(x, { name: "in", minVal: -2, maxVal: 2, actQuant: int(8) });
  x = quantConv1d(x, { name: "conv", outChannels: 4, kernelSize: 64, stride: 64, bias: false, weightQuant: int(4) });
  x = quantReLU(x, { name: "act", actQuant: uint(4) });
  return quantLinear(flatten(x), { name: "fc", outFeatures: 24, bias: false, weightQuant: int(4) });
});

const parameters = randomParameters(program, 2);
const folder = makeFolder({
  "net.model.ts": model(24, "challenge: itu2021(),"),
  "plain.model.ts": model(24),
  "five.model.ts": model(5),
  "net.safetensors": writeSafetensors(
    program.parameters.map(({ name, shape }) => ({ name, shape, data: parameters.get(name) ?? new Float32Array() })),
  ),
});

const data = ["--data", "synthetic:framesPerClassAndSnr=2"];

function run(command: string, file: string, ...args: string[]): Promise<CliResult> {
  return runCli([command, file, "--weights", "net.safetensors", ...args], { cwd: folder });
}

describe("quantlens evaluate", () => {
  it("prints every count as JSON, in integers too, and writes the report", async () => {
    const { code, stdout, stderr } = await run(
      ...(["evaluate", "net.model.ts", ...data, "--integer", "--format", "json", "--html", "out.html"] as const),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "The report is out.html.\n" });
    const result = JSON.parse(stdout) as {
      readonly accuracy: { readonly correct: number; readonly samples: number };
      readonly bySnr: readonly { readonly samples: number; readonly correct: number }[];
      readonly byClass: readonly { readonly class: string; readonly samples: number }[];
      readonly confusion: { readonly overall: readonly (readonly number[])[] };
      readonly integer: { readonly layers: readonly { readonly codes: number; readonly different: number }[] };
    };
    expect(result).toMatchObject({
      ...{ file: "net.model.ts", model: "Strides", weights: "net.safetensors", backend: "wasm" },
      ...{ goal: { goal: 0.56, from: "itu2021", met: false }, topK: [{ k: 1 }, { k: 3 }, { k: 5 }] },
      ...{ accuracy: { samples: 624 }, data: { samples: 624, testSize: 624 }, inspection: { samples: 256 } },
      integer: { accuracy: { samples: 624 }, notes: [], accumulators: [{ node: "conv" }, { node: "fc" }] },
    });
    expect(result.bySnr).toHaveLength(26);
    expect(result.bySnr.every(({ samples }) => samples === 24)).toBe(true);
    expect(result.byClass.map(({ samples }) => samples)).toEqual(Array(24).fill(26));
    expect(result.byClass[0]?.class).toBe("OOK");
    const { overall } = result.confusion;
    expect(overall.reduce((sum, row, truth) => sum + (row[truth] ?? 0), 0)).toBe(result.accuracy.correct);
    const [input, act] = result.integer.layers;
    expect([input?.codes, act?.codes]).toEqual([624 * 2048, 624 * 64]);
    expect(input?.different).toBe(0);
    expect((act?.different ?? 1) / (act?.codes ?? 1)).toBeLessThan(1e-3);
    expect(readFileSync(path.join(folder, "out.html"), "utf8")).toContain("<title>Evaluation of Strides</title>");
  });

  it("gives the same from backend to backend", async () => {
    const args = [...data, "--limit-frames", "40", "--format", "json"];
    const [wasm, tfjs] = await Promise.all([
      run("evaluate", "net.model.ts", ...args),
      run("evaluate", "net.model.ts", ...args, "--backend", "tfjs"),
    ]);
    const parse = ({ stdout }: CliResult) => JSON.parse(stdout) as Record<string, unknown>;
    expect(parse(wasm)).toMatchObject({ backend: "wasm", accuracy: { samples: 40 } });
    expect(parse(tfjs)).toMatchObject({
      backend: "tfjs",
      accuracy: parse(wasm).accuracy,
      confusion: parse(wasm).confusion,
    });
  });

  it("exits with 1 below the goal, only when one is asked for", async () => {
    const args = [...data, "--limit-frames", "40"];
    const [without, challenge, low] = await Promise.all([
      run("evaluate", "net.model.ts", ...args),
      run("evaluate", "net.model.ts", ...args, "--goal"),
      run("evaluate", "net.model.ts", ...args, "--goal", "0"),
    ]);
    expect([without.code, challenge.code, low.code]).toEqual([0, 1, 0]);
    const remark = "the challenge judges by all test samples of RadioML 2018.01A";
    expect(without.stdout).toMatch(new RegExp(`^goal of 56\\.00 % \\(itu2021\\) missed; ${remark}$`, "m"));
    expect(low.stdout).toMatch(/^goal of 0\.00 % \(--goal\) met/m);
  });

  it.each<[string, string, string[], string]>([
    ["no goal", "plain.model.ts", ["--goal"], "Strides has no challenge with an accuracy: give --goal a number"],
    ["too few outputs", "five.model.ts", [], `nothing in it fits "fc.weight" (5×64) of the model`],
    ["a goal in percent", "net.model.ts", ["--goal", "56"], "Write a share from 0 to 1"],
    ["no guesses", "net.model.ts", ["--top-k", "0"], "Write whole numbers from 1"],
    ["no frames", "net.model.ts", ["--limit-frames", "none"], "Write a whole number of at least 1"],
  ])("says what is wrong: %s", async (_, file, args, message) => {
    const { code, stdout, stderr } = await run("evaluate", file, ...data, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("prints its numbers even when the report cannot be written, and makes the report's folder", async () => {
    const few = [...data, "--limit-frames", "20"];
    const [lost, made] = await Promise.all([
      run("evaluate", "net.model.ts", ...few, "--html", "net.model.ts/out.html"),
      run("evaluate", "net.model.ts", ...few, "--html", "reports/new/out.html"),
    ]);
    expect(lost).toMatchObject({ code: 2, stdout: expect.stringMatching(/^accuracy .* \(\d+ of 20\)/m) as string });
    expect(lost.stderr).toMatch(
      /^quantlens: \S+ cannot be written: a part of its path is a file; choose another folder\.\n$/,
    );
    expect(made.code).toBe(0);
    expect(existsSync(path.join(folder, "reports", "new", "out.html"))).toBe(true);
  });

  it("writes no report when it cannot run", async () => {
    const args = ["--weights", "none.safetensors", ...data, "--html", "none.html"];
    const { code, stderr } = await runCli(["evaluate", "net.model.ts", ...args], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain("none.safetensors does not exist");
    expect(existsSync(path.join(folder, "none.html"))).toBe(false);
  });
});

describe("quantlens inspect", () => {
  it("looks at weights alone, or at activations as well", async () => {
    const [weights, both] = await Promise.all([
      run("inspect", "net.model.ts", "--no-data", "--format", "json"),
      run("inspect", "net.model.ts", ...data, "--limit-frames", "20", "--html", "inspect.html"),
    ]);
    expect(JSON.parse(weights.stdout)).toMatchObject({
      ...{ model: "Strides", data: null, samples: 0, activations: [] },
      weights: [{ layer: "conv", bits: 4, codes: 15 }, { layer: "fc" }],
      accumulators: [{ node: "conv", typeBits: 19 }, { node: "fc" }],
    });
    expect(both.code).toBe(0);
    expect(both.stdout).toMatch(/^in +2×1024 +8 /m);
    expect(both.stdout).toMatch(/^act +4×16 +4 /m);
    expect(readFileSync(path.join(folder, "inspect.html"), "utf8")).toContain("Inspection of Strides");
  });
});
