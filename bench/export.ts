/** Export of BacalhauNet and of 25 million weights, and reading a checkpoint of PyTorch beside `torch.load`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeExport, type ExportOptions } from "../cli/export/export.js";
import { endRunner } from "../cli/input/host.js";
import { encodeCheckpoint } from "../cli/train/checkpoint/checkpoint.js";
import { initialize } from "../cli/train/initialize.js";
import { loadTrainableModel } from "../cli/train/model.js";
import { pythonWith } from "../shared/testing/python.js";
import { readPth } from "../shared/weights/pth/read.js";
import { writePth } from "../shared/weights/pth/write.js";
import { median, ms, print, table } from "./lib/stats.js";

const root = process.cwd();
const folder = mkdtempSync(path.join(tmpdir(), "quantlens-bench-"));
const cli = path.join(root, "dist/cli.cjs");

/** Six layers of 2048 x 2048: 25.2 million weights, 101 MB. */
const largeModel = `import { defineModel, flatten, int, quantIdentity, quantLinear, quantReLU, uint } from "quantlens";
export default defineModel({
  name: "Large",
  input: { shape: [1, 2, 1024] },
  forward(x) {
    x = flatten(quantIdentity(x, { actQuant: int(8) }));
    for (let layer = 0; layer < 6; layer++)
      x = quantReLU(quantLinear(x, { outFeatures: 2048, bias: false, weightQuant: int(4) }), { actQuant: uint(4) });
    return quantLinear(x, { outFeatures: 24, weightQuant: int(4) });
  },
});
`;

/** Writes weights as training begins with, as a checkpoint of ours; gives their bytes in memory. */
async function writeWeights(modelFile: string, out: string): Promise<number> {
  const { program, fingerprint, sha256 } = await loadTrainableModel(modelFile, { run: "sandbox" });
  const parameters = initialize(program, 2018);
  const model = { name: program.name, file: path.basename(modelFile), sha256 };
  const meta = { format: 1, tool: "bench", model, fingerprint, collected: {} } as const;
  writeFileSync(out, encodeCheckpoint(program, { parameters, masks: new Map(), buffers: new Map(), meta }));
  return [...parameters.values()].reduce((bytes, { byteLength }) => bytes + byteLength, 0);
}

async function small(): Promise<void> {
  const model = path.join(root, "examples/bacalhaunet/bacalhaunet.model.ts");
  const weights = path.join(folder, "bacalhaunet.safetensors");
  await writeWeights(model, weights);
  const rows: string[][] = [];
  for (const format of ["qonnx", "qcdq"] as const) {
    const output = path.join(folder, `bacalhaunet.${format}.onnx`);
    const options: ExportOptions = { run: "sandbox", weights, format, output, force: true };
    const samples: number[] = [];
    for (let run = 0; run < 21; run++) {
      const started = performance.now();
      await writeExport(model, options, "bench");
      samples.push(performance.now() - started);
    }
    rows.push([format, ms(samples[0] ?? NaN), ms(median(samples.slice(1)))]);
  }
  print("Export of BacalhauNet in process, with the model file run and all files on the disk (goal: 200 ms)");
  table(["format", "first", "median of 20"], rows);
}

interface Measured {
  readonly milliseconds: number;
  readonly peakBytes: number;
}

/**
 * Runs a program of Node in a process of its own. Its peak is the kernel's `VmHWM`: what `getrusage` tells is at least that
 * of the process that started it.
 */
function inProcessOfItsOwn(program: string, ...args: readonly string[]): Measured {
  const probe = path.join(folder, "peak.cjs");
  const report = path.join(folder, "peak.txt");
  writeFileSync(
    probe,
    `const fs = require("node:fs");
process.on("exit", () => fs.writeFileSync(${JSON.stringify(report)}, /VmHWM:\\s*(\\d+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1]));`,
  );
  const started = performance.now();
  execFileSync(process.execPath, ["--require", probe, program, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  return { milliseconds: performance.now() - started, peakBytes: Number(readFileSync(report, "utf8")) * 1024 };
}

async function large(): Promise<void> {
  const model = path.join(folder, "large.model.ts");
  const weights = path.join(folder, "large.safetensors");
  const empty = path.join(folder, "empty.cjs");
  writeFileSync(model, largeModel);
  writeFileSync(empty, "");
  const bytes = await writeWeights(model, weights);
  const nodeBytes = median([0, 1, 2].map(() => inProcessOfItsOwn(empty).peakBytes));
  const rows = (["qonnx", "qcdq", "brevitas"] as const).map((format) => {
    const output = path.join(folder, format === "brevitas" ? "large.py" : `large.${format}.onnx`);
    const args = ["export", model, "--weights", weights, "--format", format, "--force", "-o", output];
    const runs = Array.from({ length: 5 }, () => inProcessOfItsOwn(cli, ...args));
    const peak = median(runs.map(({ peakBytes }) => peakBytes)) - nodeBytes;
    return [
      format,
      ms(median(runs.map(({ milliseconds }) => milliseconds))),
      `${(peak / 1e6).toFixed(0)} MB`,
      `${(peak / bytes).toFixed(2)} x`,
    ];
  });
  print(`Export of ${(bytes / 4e6).toFixed(1)} million weights, whole process (goals: 3 s, 3 x the weights in memory)`);
  print(`Medians of 5; the peak is beyond that of Node with an empty program, ${(nodeBytes / 1e6).toFixed(0)} MB`);
  table(["format", "time", "peak memory", "memory / weights"], rows);
}

/** Both sides read the file from the system's cache. */
function checkpoint(): void {
  const file = path.join(folder, "large.pth");
  const entries = Array.from({ length: 25 }, (_, layer) => ({
    name: `layer${layer}.weight`,
    shape: [1000, 1000],
    data: Float32Array.from({ length: 1e6 }, (_, index) => Math.sin(index + layer)),
  }));
  writeFileSync(file, writePth(entries));
  const megabytes = statSync(file).size / 1e6;
  const python = pythonWith("torch");
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < 7; turn++) {
    const started = performance.now();
    if (readPth(readFileSync(file)).value === undefined) throw new Error("The checkpoint could not be read");
    ours.push(performance.now() - started);
    if (python !== undefined) {
      const answer = execFileSync(python, [path.join(root, "bench/peers/torch_load.py"), file, "3"], {
        encoding: "utf8",
      });
      theirs.push(...(JSON.parse(answer) as number[]).map((seconds) => seconds * 1000));
    }
  }
  const row = (name: string, samples: readonly number[]) => [
    name,
    ms(median(samples)),
    `${((megabytes / median(samples)) * 1000).toFixed(0)} MB/s`,
  ];
  print(`Reading a .pth of ${megabytes.toFixed(0)} MB (goal: 200 MB/s)`);
  table(
    ["reader", "time", "speed"],
    [row("quantlens", ours), ...(theirs.length > 0 ? [row("torch.load", theirs)] : [])],
  );
}

try {
  await small();
  await large();
  checkpoint();
} finally {
  await endRunner("sandbox");
  rmSync(folder, { recursive: true, force: true });
}
