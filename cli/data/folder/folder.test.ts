import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { pythonWith } from "../../../shared/testing/python.js";
import { makeFolder } from "../../testing/folder.js";
import type { Subset } from "../dataset.js";
import { openDataset } from "../open.js";
import { npyBytes, type TestArray } from "../testing/npy.js";

const python = pythonWith("numpy");

function open(files: Readonly<Record<string, string | Uint8Array>>, options = {}) {
  return openDataset(undefined, { folder: "/", override: makeFolder(files), ...options });
}

async function everySample(part: Subset): Promise<number[][]> {
  const into = new Float32Array(part.size * part.sampleLength);
  await part.read(
    Uint32Array.from({ length: part.size }, (_, at) => at),
    into,
  );
  return Array.from({ length: part.size }, (_, at) => [
    ...into.subarray(at * part.sampleLength, (at + 1) * part.sampleLength),
  ]);
}

/** Ten samples of shape (2, 3): sample n has the numbers 6 n to 6 n + 5; classes 0, 1, 0, 1, ... */
const x: TestArray = { type: "<f4", shape: [10, 2, 3], data: Float32Array.from({ length: 60 }, (_, at) => at) };
const y: TestArray = { type: "<i8", shape: [10], data: BigInt64Array.from({ length: 10 }, (_, at) => BigInt(at % 2)) };

describe("a folder of NumPy arrays", () => {
  it("is divided class by class, each sample in one part", async () => {
    const data = await open({ "x.npy": npyBytes(x), "y.npy": npyBytes(y) });
    expect(data.sampleShape).toEqual([2, 3]);
    expect(data.classes).toEqual(["0", "1"]);
    expect([...data.test.labels]).toEqual([0, 1]);
    const samples = [...(await everySample(data.train)), ...(await everySample(data.test))];
    expect(samples.map(([first]) => (first ?? 0) / 6).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [at, sample] of (await everySample(data.train)).entries()) {
      const number = data.train.indices[at] ?? 0;
      expect(sample).toEqual([0, 1, 2, 3, 4, 5].map((index) => 6 * number + index));
      expect(data.train.labels[at]).toBe(number % 2);
    }
    await data.close();
  });

  it.each<[string, TestArray]>([
    ["<f8", { ...x, type: "<f8", data: Float64Array.from({ length: 60 }, (_, at) => at) }],
    ["|u1", { ...x, type: "|u1", data: Uint8Array.from({ length: 60 }, (_, at) => at) }],
    ["<i2", { ...x, type: "<i2", data: Int16Array.from({ length: 60 }, (_, at) => at) }],
    ["<u4", { ...x, type: "<u4", data: Uint32Array.from({ length: 60 }, (_, at) => at) }],
    ["version 2", { ...x, version: 2 }],
    ["version 3", { ...x, version: 3 }],
  ])("may have other types: %s", async (_, array) => {
    const plain = await open({ "x.npy": npyBytes(x), "y.npy": npyBytes(y) });
    const other = await open({ "x.npy": npyBytes(array), "y.npy": npyBytes(y) });
    expect(await everySample(other.train)).toEqual(await everySample(plain.train));
    await Promise.all([plain.close(), other.close()]);
  });

  it("may divide itself", async () => {
    const test = { ...x, shape: [5, 2, 3], data: Float32Array.from({ length: 30 }, (_, at) => -at) };
    const testY = { ...y, shape: [5], data: BigInt64Array.from([1n, 1n, 0n, 2n, 2n]) };
    const files = { "x_test.npy": npyBytes(test), "y_test.npy": npyBytes(testY) };
    const data = await open({ "x.npy": npyBytes(x), "y.npy": npyBytes(y), ...files });
    expect([data.train.size, data.test.size]).toEqual([10, 5]);
    expect(data.classes).toEqual(["0", "1", "2"]);
    expect((await everySample(data.test))[4]).toEqual([-24, -25, -26, -27, -28, -29]);
    expect([...data.test.labels]).toEqual([1, 1, 0, 2, 2]);
    await data.close();
  });

  it("is opened as the model file says, relative to it", async () => {
    const folder = makeFolder({ "sounds/x.npy": npyBytes(x), "sounds/y.npy": npyBytes(y) });
    const options = { path: "sounds", testFraction: 0.4, seed: 1, classes: ["yes", "no"] };
    const data = await openDataset({ source: "npyFolder", options }, { folder });
    expect(data.classes).toEqual(["yes", "no"]);
    expect([data.train.size, data.test.size]).toEqual([6, 4]);
    await data.close();
    const limited = await openDataset({ source: "npyFolder", options }, { folder, limitFrames: 5 });
    expect([limited.train.size, limited.test.size]).toEqual([3, 2]);
    await limited.close();
  });

  it.skipIf(python === undefined)("is what NumPy writes", async () => {
    const folder = makeFolder({});
    const script = `import numpy as np, sys
np.save(sys.argv[1] + "/x.npy", np.arange(60, dtype=np.float64).reshape(10, 2, 3))
np.save(sys.argv[1] + "/y.npy", (np.arange(10) % 2).reshape(10, 1))`;
    execFileSync(python ?? "", ["-c", script, folder]);
    const data = await openDataset(undefined, { folder: "/", override: folder });
    const plain = await open({ "x.npy": npyBytes(x), "y.npy": npyBytes(y) });
    expect(await everySample(data.train)).toEqual(await everySample(plain.train));
    await Promise.all([data.close(), plain.close()]);
  });
});

describe("a folder of tables", () => {
  const rows = Array.from({ length: 10 }, (_, row) =>
    [0, 1, 2, 3, 4, 5].map((index) => 6 * row + index + 1).join(", "),
  );

  it("has rows in the model's shape, with or without a header", async () => {
    const y = "class\n" + rows.map((_, row) => row % 2).join("\n");
    const sampleShape = [1, 2, 3];
    const data = await open({ "x.csv": rows.join("\r\n") + "\r\n", "y.csv": y }, { sampleShape });
    expect(data.sampleShape).toEqual(sampleShape);
    expect([data.train.size, data.test.size]).toEqual([8, 2]);
    const [first] = await everySample(data.train);
    expect(first).toEqual([0, 1, 2, 3, 4, 5].map((index) => 6 * (data.train.indices[0] ?? 0) + index + 1));
    const plain = await open({ "x.csv": rows.join("\n"), "y.csv": y });
    expect(plain.sampleShape).toEqual([6]);
  });

  it.each<[string, string, boolean | undefined, number]>([
    ["pandas's numbers", "0,1\n0.5,0.25\n0.5,0.75\n", true, 2],
    ["words where the first may be a number, too", "400,410\n0.5,0.25\n0.5,0.75\n", true, 2],
    ["a sample that counts", "0,1\n0.5,0.25\n0.5,0.75\n", false, 3],
    ["a sample that counts in another way", "0.0,1\n0.5,0.25\n0.5,0.75\n", undefined, 3],
    ["NumPy's comment", "# 0,1\n0.5,0.25\n0.5,0.75\n", undefined, 2],
    ["quoted numbers", '"0","1"\n0.5,0.25\n0.5,0.75\n', undefined, 2],
    ["words behind empty lines", "\n\na,b\n0.5,0.25\n0.5,0.75\n", undefined, 2],
    ["ramps", "1,2,3,4,5,6,7,8\n0,0,0,0,0,0,0,0\n8,7,6,5,4,3,2,1\n", undefined, 3],
  ])("may begin with %s", async (_, x, header, samples) => {
    const y = `${header === true ? "0\n" : ""}${"0\n".repeat(samples)}`;
    const folder = makeFolder({ "x.csv": x, "y.csv": y });
    const options = { path: ".", ...(header !== undefined && { header }) };
    const data = await openDataset({ source: "csvFolder", options }, { folder });
    expect(data.train.size + data.test.size).toBe(samples);
  });

  it("grows with its rows", async () => {
    const many = Array.from({ length: 3000 }, (_, row) => `${row},${-row}`).join("\n");
    const data = await open({ "x.csv": many, "y.csv": "0\n".repeat(3000) });
    const samples = await everySample(data.train);
    expect(samples.every(([a, b], at) => a === data.train.indices[at] && b === -a!)).toBe(true);
  });
});

describe("folders that cannot be used", () => {
  const npy = { "x.npy": npyBytes(x), "y.npy": npyBytes(y) };
  it.each<[string, Readonly<Record<string, string | Uint8Array>>, RegExp, object?]>([
    ["neither format", { "a.txt": "" }, /has neither x\.npy nor x\.csv/],
    ["no y", { "x.npy": npyBytes(x) }, /y\.npy does not exist/],
    ["a test without labels", { ...npy, "x_test.npy": npyBytes(x) }, /has x_test\.npy without y_test\.npy/],
    ["not NumPy's format", { ...npy, "x.npy": "hello, world" }, /x\.npy is not a \.npy file of version 1, 2 or 3/],
    [
      "cut off",
      { ...npy, "x.npy": npyBytes(x).subarray(0, 200) },
      /x\.npy has 200 bytes, expected 368 for shape \(10, 2, 3\)/,
    ],
    [
      "big-endian",
      { ...npy, "x.npy": npyBytes({ ...x, type: ">f4" }) },
      /x\.npy has elements of type >f4, expected one of <f4/,
    ],
    ["records", { ...npy, "x.npy": npyBytes({ ...x, type: "" }) }, /x\.npy has elements of type /],
    ["Fortran order", { ...npy, "x.npy": npyBytes({ ...x, fortranOrder: true }) }, /x\.npy is in Fortran order/],
    ["one dimension", { ...npy, "x.npy": npyBytes({ ...x, shape: [60] }) }, /x\.npy has one dimension/],
    [
      "another count",
      { ...npy, "x.npy": npyBytes({ ...x, shape: [20, 3] }) },
      /has 20 samples and \S*y\.npy has 10 class numbers/,
    ],
    ["labels in rows", { ...npy, "y.npy": npyBytes(x) }, /y\.npy has 6 numbers per sample, expected one/],
    [
      "a negative label",
      { ...npy, "y.npy": npyBytes({ ...y, data: new BigInt64Array(10).fill(-1n) }) },
      /has -1 for sample 0/,
    ],
    [
      "another shape than the model's",
      npy,
      /takes samples of shape \(2, 1024\) and those of .* are \(2, 3\)/,
      { sampleShape: [2, 1024] },
    ],
    ["a short row", { "x.csv": "1,2\n3\n", "y.csv": "0\n0\n" }, /x\.csv: line 2 has 1 cells, expected 2/],
    ["a word", { "x.csv": "1,2\n3,four\n", "y.csv": "0\n0\n" }, /x\.csv: line 2 has "four" in column 2/],
    ["what 32 bits do not hold", { "x.csv": "1,2\n3,-1e39\n", "y.csv": "0\n0\n" }, /line 2 has "-1e39" in column 2/],
    ["nothing", { "x.csv": "a,b\n", "y.csv": "0\n" }, /x\.csv has no rows/],
    [
      "pandas's names of columns",
      { "x.csv": "0,1\n0.5,0.25\n", "y.csv": "0\n1\n" },
      /x\.csv: the first line counts from 0 to 1, as pandas names columns: remove it \(pandas: header=False\), or say .* csvFolder\(\{ header: true \}\)/,
    ],
    [
      "wavelengths for names",
      { "x.csv": "400,410,420,430,440,450,460,470\n1,2,1,2,1,2,1,2\n3,3,3,3,3,3,3,3\n", "y.csv": "0\n0\n1\n" },
      /x\.csv: the first line has its numbers in order, as no other line has, so that they may be names/,
    ],
    [
      "wavenumbers, which fall, for names",
      { "x.csv": "4000,3000,2000,1000,900,800,700,600\n1,2,1,2,1,2,1,2\n", "y.csv": "0\n1\n" },
      /x\.csv: the first line has its numbers in order/,
    ],
    [
      "names in one table, numbers for names in the other",
      { "x.csv": "a,b\n0.5,0.25\n", "y.csv": "0\n1\n" },
      /1 samples and \S*y\.csv has 2 class numbers: they must be as many \(if both begin with a line of names, say/,
    ],
    ["pandas's index", { "x.csv": ",0,1\n0,0.5,0.25\n", "y.csv": "0\n1\n" }, /x\.csv: line 1 has "" in column 1/],
    [
      "a sample that begins with a hole",
      { "x.csv": "nan,1\n2,3\n", "y.csv": "0\n1\n" },
      /line 1 has "nan" in column 1/,
    ],
    [
      "rows of another length",
      { "x.csv": "1,2\n", "y.csv": "0\n" },
      /has 2 numbers in a row, expected 6 for the model's input \(2, 3\)/,
      { sampleShape: [2, 3] },
    ],
  ])("%s", async (_, files, message, options = {}) => {
    await expect(open(files, options)).rejects.toThrow(message);
  });

  it("name too few classes", async () => {
    const folder = makeFolder(npy);
    const definition = { source: "npyFolder", options: { path: ".", classes: ["all"] } };
    await expect(openDataset(definition, { folder })).rejects.toThrow(/samples of class 1, and classes names 1/);
    await expect(openDataset(undefined, { folder, override: `${folder}/none` })).rejects.toThrow(/is not a folder/);
  });
});
