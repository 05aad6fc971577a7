import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readdirSync, truncateSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { pythonWith } from "../../../shared/testing/python.js";
import { makeFolder } from "../../testing/folder.js";
import { cliProgram, runCli } from "../../testing/run-cli.js";
import { openDataset } from "../open.js";
import { frameLength } from "../frames/grid.js";
import { writeTestFile } from "../testing/hdf5.js";
import { prescribedHashes } from "./verify.js";
import { createHash } from "node:crypto";
import { prescribedSplit, splitFrames } from "../frames/split.js";

const folder = makeFolder({});
const generate = ["data", "generate", "made.hdf5", "--frames-per-class-and-snr", "2", "--seed", "7"];
const python = pythonWith("h5py");
const hasH5dump = spawnSync("h5dump", ["--version"]).status === 0;
if (!hasH5dump) process.stderr.write("hdf5-tools is not installed: h5dump is not asked to read generated files\n");

describe("quantlens data generate", () => {
  it("writes a file that holds the frames of the generator", async () => {
    const { code, stdout, stderr } = await runCli([...generate, "--format", "json"], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const size = 1248 * (2048 * 4 + 24 * 8 + 8);
    expect(JSON.parse(stdout)).toMatchObject({ file: "made.hdf5", frames: 1248, framesPerClassAndSnr: 2, seed: 7 });
    expect((JSON.parse(stdout) as { bytes: number }).bytes).toBeGreaterThanOrEqual(size);
    expect(readdirSync(folder)).toEqual(["made.hdf5"]);

    const [file, memory] = await Promise.all(
      [path.join(folder, "made.hdf5"), "synthetic:framesPerClassAndSnr=2,seed=7"].map((override) =>
        openDataset(undefined, { folder, override }),
      ),
    );
    const positions = Uint32Array.of(0, 623, 17, 300);
    const frames = [file, memory].map(() => new Float32Array(positions.length * frameLength));
    await Promise.all([file!.train.read(positions, frames[0]!), memory!.train.read(positions, frames[1]!)]);
    expect(frames[0]).toEqual(frames[1]);
    expect(file?.train.snrs).toEqual(memory?.train.snrs);
    await file?.close();
  });

  it.skipIf(python === undefined)("writes a file that h5py reads", () => {
    const script = `import h5py, numpy as np, sys
with h5py.File(sys.argv[1]) as f:
    print([(k, str(f[k].dtype), f[k].shape) for k in sorted(f)])
    x = f["X"][:].astype(np.float64)
    print(np.allclose((x ** 2).sum(axis=2).mean(axis=1), 1, atol=1e-6))
    print((f["Y"][:].argmax(axis=1) == np.repeat(np.arange(24), 52)).all(), f["Y"][:].sum() == 1248)
    print((f["Z"][:, 0] == np.tile(np.repeat(np.arange(-20, 32, 2), 2), 24)).all())`;
    const file = path.join(folder, "made.hdf5");
    expect(
      execFileSync(python ?? "", ["-c", script, file], { encoding: "utf8" })
        .split("\n")
        .slice(0, 4),
    ).toEqual([
      "[('X', 'float32', (1248, 1024, 2)), ('Y', 'int64', (1248, 24)), ('Z', 'int64', (1248, 1))]",
      "True",
      "True True",
      "True",
    ]);
  });

  it.skipIf(!hasH5dump)("writes a file that h5dump reads", () => {
    const file = path.join(folder, "made.hdf5");
    const dump = execFileSync("h5dump", ["-d", "/Z", "-s", "25,0", "-c", "2,1", file], { encoding: "utf8" });
    expect(dump).toContain("H5T_STD_I64LE");
    expect(dump).toContain("(25,0): 4,");
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const empty = makeFolder({});
    const many = ["data", "generate", "made.hdf5", "--frames-per-class-and-snr", "256"];
    const child = spawn(process.execPath, [cliProgram(), ...many], { cwd: empty, stdio: "ignore" });
    while (readdirSync(empty).length === 0) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGINT");
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(readdirSync(empty)).toEqual([]);
  });

  it("says why it cannot write", async () => {
    const { code, stderr } = await runCli(["data", "generate", "none/made.hdf5"], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^quantlens: none\/made\.hdf5 cannot be written: /);
    const named = await runCli(["data", "generate", "made.txt"], { cwd: folder });
    expect(named.stderr).toMatch(/^quantlens: made\.txt does not end in \.hdf5 or \.h5/);
    const few = await runCli(["data", "generate", "made.hdf5", "--frames-per-class-and-snr", "1"], { cwd: folder });
    expect(few.stderr).toContain("Write a whole number from 2 to 4096.");
  });
});

describe("quantlens data info", () => {
  it("prints frames, types, storage and the split", async () => {
    const { code, stdout } = await runCli(["data", "info", "made.hdf5"], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toContain("made.hdf5: 1,248 frames, 2 of each of 24 modulations at each of 26 SNRs\n");
    expect(stdout).toMatch(/^X +float32 +1248×1024×2 +contiguous from byte \d+$/m);
    expect(stdout).toContain("prescribed split: 624 training, 624 test\n");
    const json = await runCli(["data", "info", "made.hdf5", "--format", "json"], { cwd: folder });
    expect(JSON.parse(json.stdout)).toMatchObject({ frames: 1248, split: { train: 624, test: 624 } });
  });

  it("could not run on anything else", async () => {
    const { code, stdout, stderr } = await runCli(["data", "info", "none.hdf5"], { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^quantlens: none\.hdf5 does not exist: give the path of an HDF5 file\.\n$/);
  });
});

describe("quantlens data verify", () => {
  it("finds nothing wrong with a generated file", async () => {
    const { code, stdout } = await runCli(["data", "verify", "made.hdf5"], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^made\.hdf5: 1,248 frames, nothing wrong\nsplit, training: SHA-256 [\da-f]{64}\n/);
  });

  it("finds what opening a file does not see", async () => {
    await writeTestFile(path.join(folder, "spoiled.hdf5"), {
      chunkFrames: 100,
      gzip: 1,
      spoil: ({ x, y }) => {
        x[5 * frameLength + 7] = Number.NaN;
        x[9 * frameLength] = -Infinity;
        x.fill(0, 11 * frameLength, 12 * frameLength);
        y.copyWithin(13 * 24, 30 * 24, 31 * 24);
      },
    });
    const { code, stdout } = await runCli(["data", "verify", "spoiled.hdf5", "--format", "json"], { cwd: folder });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      frames: 624,
      count: 4,
      findings: [
        expect.stringMatching(/^spoiled\.hdf5 has the label 4ASK at frame 13, expected OOK: /) as string,
        "spoiled.hdf5 has a value that is not a finite number in frame 5 of X.",
        "spoiled.hdf5 has a value that is not a finite number in frame 9 of X.",
        "spoiled.hdf5 has only zeros in frame 11 of X: it may not be complete.",
      ],
    });
  });

  it("tells the first findings of a kind and counts the others", async () => {
    await writeTestFile(path.join(folder, "empty.hdf5"), { spoil: ({ x }) => x.fill(0, 3 * frameLength) });
    const { code, stdout } = await runCli(["data", "verify", "empty.hdf5"], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout.split("\n").filter((line) => line.includes("only zeros")).length).toBe(10);
    expect(stdout).toContain("... and 611 more of these kinds.\n");
  });

  it("counts a wrong layout as a finding", async () => {
    await writeTestFile(path.join(folder, "cut.hdf5"));
    truncateSync(path.join(folder, "cut.hdf5"), 100_000);
    const { code, stdout } = await runCli(["data", "verify", "cut.hdf5"], { cwd: folder });
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^cut\.hdf5 cannot be read as HDF5: truncated file/) as string,
    });
  });

  it("knows the hashes of the prescribed split", () => {
    const { train, test } = splitFrames(4096, prescribedSplit);
    const hash = (numbers: Uint32Array) => createHash("sha256").update(new Uint8Array(numbers.buffer)).digest("hex");
    expect({ train: hash(train.indices), test: hash(test.indices) }).toEqual(prescribedHashes);
  });
});
