import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { CliError } from "../../errors.js";
import { createKernelMemory, instantiateKernels, loadKernels } from "./load-kernels.js";

test("both variants share a memory, which can grow beyond 2 GiB without moving what they use", async () => {
  const memory = createKernelMemory(100_000);
  expect(memory.buffer.byteLength).toBe(131_072);
  const variants = [await loadKernels({ fma: false }), await loadKernels()].map(({ module }) =>
    instantiateKernels(module, memory),
  );
  memory.grow(2 ** 15);
  const beyond = 2 ** 31 + 1024;
  for (const [index, kernels] of variants.entries()) {
    kernels.fill(8, index + 1, beyond);
    kernels.add(8, beyond, beyond, 1024);
    expect(new Float32Array(memory.buffer, 1024, 8)).toEqual(new Float32Array(8).fill(2 * (index + 1)));
  }
});

test("without the compiled files it says what to do", async () => {
  const folder = path.join(tmpdir(), "quantlens-no-kernels-here");
  await expect(loadKernels({ folder })).rejects.toThrow(CliError);
  await expect(loadKernels({ folder, fma: false })).rejects.toThrow(
    `train-kernels.wasm is missing from ${folder}: run \`npm run build\`, or install the package again.`,
  );
});
