import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readPth } from "./read.js";
import { writePth } from "./write.js";

const entries = [
  { name: "conv.0.weight", shape: [2, 1, 3], data: Float32Array.of(1, -2, 3.5, 1e-40, -0, 6) },
  { name: "norm.num_batches_tracked", shape: [], data: Float64Array.of(131360), elementType: "int64" as const },
  { name: "empty", shape: [0, 4], data: new Float32Array(0) },
  { name: "schön", shape: [], data: Float32Array.of(0.1) },
];

const python = "python3";
const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0 ? python : undefined;
const debianTorch = spawnSync("/usr/bin/python3", ["-c", "import torch"]).status === 0 ? "/usr/bin/python3" : undefined;
const torchPython = hasTorch ?? debianTorch;

describe("writePth", () => {
  it("writes what readPth reads, to the last bit", () => {
    const { value } = readPth(writePth(entries));
    expect(value?.entries).toEqual(entries.map(({ name, shape, data }) => ({ name, shape, data })));
  });

  it("gives the same bytes for the same weights", () => {
    expect(writePth(entries)).toEqual(writePth(entries));
  });

  /** More tensors than an archive can have entries, of two types by turns. */
  const many = Array.from({ length: 66_000 }, (_, index) =>
    index % 2 === 0
      ? { name: `layers.${index}.weight`, shape: [2], data: Float32Array.of(index, -index) }
      : { name: `layers.${index}.count`, shape: [], data: Float64Array.of(index), elementType: "int64" as const },
  );

  it("writes more tensors than an archive can have entries", () => {
    const { value, problems } = readPth(writePth(many));
    expect(problems).toEqual([]);
    expect(value?.entries).toHaveLength(many.length);
    const differs = many.findIndex(({ name, shape, data }, index) => {
      const read = value?.entries[index];
      return read?.name !== name || String(read.shape) !== String(shape) || String(read.data) !== String(data);
    });
    expect(differs).toBe(-1);
  });

  it.skipIf(torchPython === undefined)("writes so many that torch.load reads (needs python3-torch)", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "quantlens-pth-"));
    try {
      const file = path.join(folder, "weights.pth");
      writeFileSync(file, writePth(many));
      const script =
        "import sys, torch; state = torch.load(sys.argv[1]); " +
        "print(len(state), all(v.flatten()[0] == i for i, v in enumerate(state.values())))";
      const { stdout } = spawnSync(torchPython ?? python, ["-c", script, file], { encoding: "utf8" });
      expect(stdout.trim()).toBe(`${many.length} True`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.skipIf(torchPython === undefined)("is read by torch.load (needs python3-torch)", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "quantlens-pth-"));
    try {
      const file = path.join(folder, "weights.pth");
      writeFileSync(file, writePth(entries));
      const script =
        "import json, sys, torch; state = torch.load(sys.argv[1]); " +
        "print(json.dumps([[k, list(v.shape), str(v.dtype), v.flatten().tolist()] for k, v in state.items()]))";
      const { stdout } = spawnSync(torchPython ?? python, ["-c", script, file], { encoding: "utf8" });
      expect(JSON.parse(stdout)).toEqual([
        ["conv.0.weight", [2, 1, 3], "torch.float32", [1, -2, 3.5, Math.fround(1e-40), -0, 6]],
        ["norm.num_batches_tracked", [], "torch.int64", [131360]],
        ["empty", [0, 4], "torch.float32", []],
        ["schön", [], "torch.float32", [Math.fround(0.1)]],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
