import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../../testing/folder.js";
import { writeTestFile } from "../testing/hdf5.js";
import { startDataWorker } from "./client.js";

const file = path.join(makeFolder({}), "frames.hdf5");

describe("the data worker", () => {
  it("is ended when it says nothing for too long, and stays so", async () => {
    await writeTestFile(file);
    // It takes longer than a millisecond to start.
    const worker = startDataWorker("frames.hdf5", 1);
    const message = /^frames\.hdf5 could not be read for 0\.001 s: it may be damaged/;
    await expect(worker.ask({ kind: "inspect", file })).rejects.toThrow(message);
    await expect(worker.ask({ kind: "verify" })).rejects.toThrow(message);
    await worker.close();
  });

  it("answers requests in their order, and none after it is closed", async () => {
    const worker = startDataWorker("frames.hdf5");
    const inspected = worker.ask({ kind: "inspect", file });
    const progress: number[] = [];
    const verified = worker.ask({ kind: "verify" }, (done) => progress.push(done));
    expect((await inspected).frames).toBe(624);
    expect(await verified).toEqual({ frames: 624, findings: [], count: 0 });
    expect(progress).toEqual([624]);
    const reading = worker.ask({ kind: "read", frames: Uint32Array.of(1), piece: 0 });
    const refused = expect(reading).rejects.toThrow("the data worker was closed");
    await worker.close();
    await refused;
    await expect(worker.ask({ kind: "verify" })).rejects.toThrow("the data worker was closed");
  });

  it("says what failed when it is asked for what it has not opened", async () => {
    const worker = startDataWorker("frames.hdf5");
    await expect(worker.ask({ kind: "verify" })).rejects.toThrow("the data worker has no open file");
    await worker.close();
  });

  it("names the system's reason when a file is refused", async () => {
    const worker = startDataWorker("none.hdf5");
    const request = worker.ask({ kind: "openRaw", file: `${file}.none`, offset: 0 });
    await expect(request).rejects.toMatchObject({ code: "ENOENT", message: /^none\.hdf5 cannot be read \(ENOENT\)/ });
    await worker.close();
  });
});
