import { expect, test } from "vitest";
import { Arena } from "../arena.js";
import { loadKernels } from "../load-kernels.js";
import type { Call, Plan } from "../plan.js";
import { startTeam } from "./team.js";
import type { Run } from "./thread.js";

function planOf(calls: readonly Call[]): Plan {
  return { id: 0, prologue: [], begin: [], stages: [{ name: "test", calls, tasks: [] }], epilogue: [] };
}

function runOf(arena: Arena, size: number): Run {
  const begin = arena.reserve(1024);
  return {
    plan: 0,
    memory: {
      scratch: { begin, stride: 64 },
      slots: { begin, stride: 64, count: 4 },
      batch: arena.reserve(64 * size),
      times: arena.reserve(16),
    },
    settings: { size, step: 0, labelSmoothing: 0, freezeBatchNorm: false, collected: [] },
  };
}

test.each([1, 2])("%i threads give every sample its turn", async (threads) => {
  const arena = new Arena();
  const team = await startTeam(await loadKernels(), arena.memory, threads);
  const sample = { space: "batch", bytes: 0, perSample: 16 } as const;
  team.install(planOf([{ kernel: "fill", arguments: [4, { space: "sample", perSample: 1 }, sample] }]));
  const run = runOf(arena, 10);
  await team.run(run);
  const filled = arena.floats(run.memory.batch, 40);
  expect(Array.from(filled)).toEqual(Array.from({ length: 40 }, (_, at) => Math.floor(at / 4)));
  await team.close();
});

test.each([1, 2])(
  "a kernel that reads beyond the memory ends the work of %i threads with one sentence",
  async (threads) => {
    const arena = new Arena();
    const team = await startTeam(await loadKernels(), arena.memory, threads);
    team.install(planOf([{ kernel: "fill", arguments: [4, 0, 2 ** 31] }]));
    const run = runOf(arena, 10);
    await expect(team.run(run)).rejects.toThrow("memory access out of bounds");
    if (threads > 1) await expect(team.run(run)).rejects.toThrow("start again");
    await team.close();
  },
);
