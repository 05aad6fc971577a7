import { describe, expect, it } from "vitest";
import type { Subset } from "../data/dataset.js";
import { flatten, quantLinear } from "../../shared/dsl/index.js";
import type { Session } from "../train/backend.js";
import { programOf } from "../train/testing/program.js";
import { tfjsBackend } from "../train/tfjs/backends.js";
import { evaluateSession, spreadPositions } from "./evaluate.js";
import { bySnr, overall } from "./metrics.js";

describe("spreadPositions", () => {
  it("takes all in order without a limit, or with one that is too large", () => {
    expect([...spreadPositions(3)]).toEqual([0, 1, 2]);
    expect([...spreadPositions(2, 5)]).toEqual([0, 1]);
    expect([...spreadPositions(0, 5)]).toEqual([]);
  });

  it("takes one of each stretch, the same ones each time", () => {
    const positions = [...spreadPositions(1000, 100)];
    expect(positions.map((position) => Math.floor(position / 10))).toEqual([...Array(100).keys()]);
    expect([...spreadPositions(1000, 100)]).toEqual(positions);
  });

  it("does not fall into step with the data", () => {
    const ratios = new Set([...spreadPositions(2 * 26 * 24, 312)].map((position) => Math.floor(position / 2) % 26));
    expect(ratios.size).toBe(26);
  });
});

/** Samples of three numbers, of which one is 1: the class, but for every fourth sample. */
const size = 40;
const subset: Subset = {
  size,
  sampleLength: 3,
  labels: Uint16Array.from({ length: size }, (_, index) => index % 3),
  snrs: Int16Array.from({ length: size }, (_, index) => (index < 20 ? -4 : 6)),
  indices: Uint32Array.from({ length: size }, (_, index) => 100 + index),
  async read(positions, into) {
    await Promise.resolve();
    into.fill(0);
    positions.forEach((position, index) => {
      into[3 * index + ((position + (position % 4 === 0 ? 1 : 0)) % 3)] = 1;
    });
  },
};

/** A network that gives its input back. */
async function identity(): Promise<Session> {
  const program = programOf([1, 3, 1], (x) => quantLinear(flatten(x), { name: "fc", outFeatures: 3, bias: false }));
  const session = await tfjsBackend.open(program, { batchSize: 7 });
  session.parameters.get("fc.weight")?.set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  return session;
}

describe("evaluateSession", () => {
  it("counts every sample once, under its ratio, whatever the size of batches", async () => {
    const session = await identity();
    const seen: number[] = [];
    const progress: number[] = [];
    const evaluation = await evaluateSession(session, subset, {
      batchSize: 7,
      classes: 3,
      onBatch: (batch, logits, positions) => {
        expect([...logits]).toEqual([...batch.x]);
        seen.push(...positions);
      },
      onProgress: (done) => progress.push(done),
    });
    expect(seen).toEqual([...Array(size).keys()]);
    expect(progress).toEqual([7, 14, 21, 28, 35, 40]);
    expect(overall(evaluation)).toMatchObject({ correct: 30, samples: 40 });
    expect(bySnr(evaluation).map(({ snr, correct, samples }) => [snr, correct, samples])).toEqual([
      [-4, 15, 20],
      [6, 15, 20],
    ]);
    expect(await evaluateSession(session, subset, { batchSize: 64, classes: 3 })).toEqual(evaluation);
  });

  it("takes a part of the samples", async () => {
    const evaluation = await evaluateSession(await identity(), subset, { batchSize: 7, classes: 3, limit: 10 });
    expect(overall(evaluation).samples).toBe(10);
  });

  it("ends before the next batch when it is told to", async () => {
    const stop = new AbortController();
    let batches = 0;
    const running = evaluateSession(await identity(), subset, {
      ...{ batchSize: 7, classes: 3, signal: stop.signal },
      onBatch: () => {
        batches++;
        stop.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(batches).toBe(1);
  });
});
