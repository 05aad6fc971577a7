/** Small networks of the rarer options, from training to export: whatever can be written can be used to the end. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { baselines } from "../../../shared/cost/baselines.js";
import { computeCost } from "../../../shared/cost/cost.js";
import { score } from "../../../shared/cost/score.js";
import { readOnnx } from "../../../shared/onnx/read.js";
import { runCli } from "../../testing/run-cli.js";
import { runInProcess } from "./testing/in-process.js";
import { taskFolder } from "./testing/task.js";

interface OddNetwork {
  readonly name: string;
  /** TypeScript that makes of the quantised input what is flattened and classified. */
  readonly body: string;
  readonly last?: string;
  readonly batchSize?: number;
  /** The quantiser of the input. */
  readonly input?: string;
}

const networks: readonly OddNetwork[] = [
  {
    name: "batches of one, a scale per channel",
    body: `x = conv(x, { outChannels: 5, kernelSize: 3, weightQuant: int(4, { granularity: "channel" }) });
      x = quantReLU(batchNorm1d(x), { actQuant: uint(4) });`,
    last: `weightQuant: int(3, { granularity: "channel" }), bias: false`,
    batchSize: 1,
  },
  {
    name: "learned scales, also per channel and of activations",
    body: `x = conv(x, { outChannels: 5, kernelSize: 3, weightQuant: int(4, { scaling: "parameter", granularity: "channel" }) });
      x = quantReLU(x, { actQuant: uint(4, { scaling: "parameter", granularity: "channel", collectSteps: 2 }) });`,
    last: `weightQuant: int(3, { scaling: "parameter" })`,
  },
  {
    name: "powers of two",
    body: `x = conv(x, { outChannels: 5, kernelSize: 3, weightQuant: int(4, { powerOfTwo: true }) });
      x = quantReLU(x, { actQuant: uint(4, { powerOfTwo: true, scaling: "parameter", collectSteps: 1 }) });`,
    last: `weightQuant: int(3, { powerOfTwo: true, scaling: "parameter", granularity: "channel" })`,
    input: "int(8, { powerOfTwo: true })",
  },
  {
    name: "binary weights and activations",
    body: `x = conv(x, { outChannels: 6, kernelSize: 3, weightQuant: binary({ scaling: "stats", granularity: "channel" }) });
      x = quantIdentity(batchNorm1d(x), { actQuant: binary() });`,
    last: `weightQuant: binary({ scaling: "parameter" }), bias: false`,
  },
  {
    name: "ternary weights and activations",
    body: `x = conv(x, { outChannels: 6, kernelSize: 3, weightQuant: ternary({ scaling: "stats", threshold: 0.3 }) });
      x = quantIdentity(batchNorm1d(x), { actQuant: ternary({ scale: 0.7 }) });`,
    last: `weightQuant: ternary({ scaling: "parameter", granularity: "channel" }), bias: false`,
  },
  {
    name: "a transposed convolution with stride, dilation, groups and padding of its output",
    body: `x = q.quantConvTranspose1d(x, { outChannels: 4, kernelSize: 4, stride: 2, padding: 1, outputPadding: 1, dilation: 2,
        groups: 2, weightQuant: int(4, { granularity: "channel" }) });
      x = q.maxPool1d(quantReLU(batchNorm1d(x), { actQuant: uint(4) }), { kernelSize: 4 });`,
  },
  {
    name: "groups, dilation, stride, and a quantised bias",
    body: `x = conv(x, { outChannels: 6, kernelSize: 3, groups: 2, dilation: 3, stride: 2, padding: 3, weightQuant: int(5) });
      x = quantReLU(batchNorm1d(x), { actQuant: uint(5) });
      x = quantReLU(conv(x, { outChannels: 6, kernelSize: 2, groups: 6, weightQuant: int(2) }), { actQuant: uint(2) });`,
    last: `weightQuant: int(4), inputQuant: int(8), biasQuant: q.intBias()`,
    batchSize: 1,
  },
  {
    name: "two dimensions, uneven kernels, an average",
    body: `x = q.quantConv2d(q.reshape(x, [1, 1, 4, 8]), { outChannels: 4, kernelSize: [3, 2], stride: [1, 2], padding: [1, 0],
        dilation: [1, 2], weightQuant: int(4) });
      x = quantReLU(q.batchNorm2d(x), { actQuant: uint(4) });
      x = quantReLU(q.quantConvTranspose2d(x, { outChannels: 3, kernelSize: 2, stride: 2, weightQuant: int(3) }), { actQuant: uint(3) });
      x = q.globalAvgPool(x);`,
    last: `weightQuant: int(4), inputQuant: int(6)`,
  },
  {
    name: "a sum and a concatenation of branches",
    body: `x = quantReLU(conv(x, { outChannels: 4, kernelSize: 1, weightQuant: int(4) }), { actQuant: uint(4) });
      const y = quantReLU(conv(x, { outChannels: 4, kernelSize: 3, padding: 1, weightQuant: int(4) }), { actQuant: uint(4) });
      x = quantReLU(q.add(x, y), { actQuant: uint(4) });
      x = quantIdentity(q.concat([x, y]), { actQuant: int(5) });`,
  },
  {
    name: "no quantiser but the first, one bit, and 16 bits",
    body: `x = quantReLU(conv(x, { outChannels: 4, kernelSize: 3, weightQuant: int(1) }), { actQuant: uint(1) });
      x = quantReLU(conv(x, { outChannels: 4, kernelSize: 3, weightQuant: int(12) }), { actQuant: uint(16) });
      x = q.relu(conv(x, { outChannels: 4, kernelSize: 3 }));`,
  },
];

function source({ body, last = "weightQuant: int(4)", batchSize = 32, input = "int(8)" }: OddNetwork): string {
  return `import * as q from "quantlens";
const { batchNorm1d, binary, int, quantIdentity, quantReLU, ternary, uint, quantConv1d: conv } = q;

export default q.defineModel({
  name: "Odd",
  input: { shape: [1, 2, 16] },
  forward(x) {
    x = quantIdentity(x, { actQuant: ${input} });
    ${body}
    return q.quantLinear(q.flatten(x), { outFeatures: 3, ${last} });
  },
  data: q.npyFolder({ path: "data", testFraction: 0.25 }),
  recipe: [
    q.train({ epochs: 1, batchSize: ${batchSize}, optimizer: q.adam({ lr: 0.01 }), clipNorm: 1 }),
    q.prune({ target: { sparsity: 0.4 }, finetune: { epochs: 1 } }),
  ],
});
`;
}

/** 90 samples to train on: two batches of 32 and one of 26. */
const limitFrames = 120;

const cwd = taskFolder(Object.fromEntries(networks.map((network, index) => [`${index}.model.ts`, source(network)])));

async function json(...args: string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await runCli([...args, "--format", "json"], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

describe.each(networks.map(({ name }, index) => [name, `${index}.model.ts`, String(index)] as const))(
  "a network with %s",
  (_, model, out) => {
    const file = (...names: string[]) => path.join(cwd, ...names);

    it("trains, is stopped and goes on, is evaluated and exported, all with one cost", async () => {
      const settings = { limitFrames };
      const { report } = await runInProcess({ cwd, model, out, settings });
      expect(report).toMatchObject({ status: "done", data: { train: 90, test: 30 } });
      const stopped = `${out}-stopped`;
      for (const stopAt of ["train 1, epoch 1/1", "prune 2, epoch 1/1"]) {
        const resumed = stopAt.startsWith("prune");
        const { report: part } = await runInProcess({ cwd, model, out: stopped, settings, stopAt, resumed });
        expect(part.status).toBe("interrupted");
      }
      const { report: whole } = await runInProcess({ cwd, model, out: stopped, settings, resumed: true });
      expect(whole).toMatchObject({ status: "done", stages: [{ epochs: 1 }, { epochs: 1 }] });
      const weights = file(out, "last.safetensors");
      expect(readFileSync(file(stopped, "last.safetensors")).equals(readFileSync(weights))).toBe(true);

      const { network } = report.stages[1] ?? {};
      const evaluation = await json("evaluate", model, "--weights", weights, "--integer", "--threads", "1");
      expect(evaluation).toMatchObject({ notFinite: 0, integer: { disagreements: [] } });

      const onnx = `${out}.onnx`;
      const exported = await runCli(["export", model, "--weights", weights, "-o", onnx], { cwd });
      expect(exported).toMatchObject({ code: 0, stderr: expect.stringContaining(`${onnx}: score `) as string });
      const { value: graph } = readOnnx(readFileSync(file(onnx)));
      for (const flavor of ["finn-base", "qonnx"] as const) {
        const { totals } = computeCost(graph!, { flavor, discountSparsity: true });
        expect({ bops: totals.bops, memWBits: totals.memWBits, score: score(totals, baselines.itu2021) }).toEqual(
          network?.cost[flavor],
        );
      }
    });
  },
);
