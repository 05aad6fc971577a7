/** The built thread for networks, at its limits. */
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { deepNetwork } from "../../../shared/diagram/testing/networks.js";
import { writeQonnx } from "../../../shared/onnx/write.js";
import type { ReadJob } from "./jobs.js";
import { networkJobs } from "./runner.js";

const dist = path.resolve(import.meta.dirname, "../../../dist");
const job = (layers: number): ReadJob => ({
  kind: "read",
  source: { bytes: writeQonnx(deepNetwork(layers)) },
  title: "net.onnx",
  flavor: "finn-base",
  discountSparsity: true,
});

describe("a job on a network", () => {
  it("is done by the bundle", async () => {
    expect(existsSync(path.join(dist, "network-worker.cjs"))).toBe(true);
    expect(await networkJobs(dist)(job(3))).toMatchObject({ record: { nodeCount: 6 } });
  });

  it("that takes too long is ended, with a sentence", async () => {
    // No thread starts within a millisecond.
    const answer = await networkJobs(dist, { deadlineMs: 1, heapMb: 512 })(job(3));
    expect(answer).toEqual({ problem: "It takes longer than 0.001 s to read: is it a network?" });
  });

  it("that needs too much memory is ended, with a sentence, and its process goes on", async () => {
    const answer = await networkJobs(dist, { deadlineMs: 60_000, heapMb: 16 })(job(9000));
    expect(answer).toEqual({ problem: "It needs more than 16 MB of memory to read: is it a network?" });
  });

  it("whose bundle is missing is an error", async () => {
    await expect(networkJobs(path.join(dist, "nowhere"))(job(3))).rejects.toThrow("network-worker.cjs");
  });
});
