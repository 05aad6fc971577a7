import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runCli, type CliResult } from "../testing/run-cli.js";
import { run } from "../train/run/testing/task.js";
import { resultsIn, tonesFolder, tonesModel } from "./testing/tones.js";

const cwd = tonesFolder({
  "net.model.ts": tonesModel("sweep({ vary: { bits: [3, 4], sparsity: [0.3, 0.6] } })"),
});

describe("quantlens sweep", () => {
  let result: CliResult;
  beforeAll(async () => {
    result = await runCli(["sweep", "net.model.ts", "--out", "whole", "--workers", "2", "--threads", "1"], { cwd });
  });

  it("runs every row of the grid", () => {
    expect(result.stderr).not.toContain("quantlens:");
    expect(result.code).toBe(0);
    const { rows, parameters, status } = resultsIn(path.join(cwd, "whole"));
    expect(status).toBe("done");
    expect(parameters).toEqual(["bits", "sparsity"]);
    expect(rows.map((row) => [row.row, row.parameters, row.state])).toEqual([
      [1, { bits: 3, sparsity: 0.3 }, "done"],
      [2, { bits: 3, sparsity: 0.6 }, "done"],
      [3, { bits: 4, sparsity: 0.3 }, "done"],
      [4, { bits: 4, sparsity: 0.6 }, "done"],
    ]);
  });

  it("trains what rows share once", () => {
    const folder = path.join(cwd, "whole", "store");
    const stages = readdirSync(folder).flatMap((part) => readdirSync(path.join(folder, part)));
    expect(stages).toHaveLength(2 + 4);
    const { rows } = resultsIn(path.join(cwd, "whole"));
    expect(rows.map(({ stages: own }) => own[0]?.state).sort()).toEqual(["done", "done", "shared", "shared"]);
  });

  it("comes to the bits of a training that runs alone", async () => {
    const args = ["--param", "bits=4", "--param", "sparsity=0.6", "--out", "alone"];
    const { code } = await run(cwd, "train", "net.model.ts", ...args);
    expect(code).toBe(0);
    for (const file of ["1-train/last", "1-train/best", "2-prune/pruned", "2-prune/last"]) {
      const [alone, row] = ["alone", "whole/rows/0004"].map((folder) =>
        tensors(path.join(cwd, folder, "stages", `${file}.safetensors`)),
      );
      expect(row).toEqual(alone);
    }
  });

  it("gives each row its folder", () => {
    const files = readdirSync(path.join(cwd, "whole", "rows", "0003"));
    expect(files).toEqual(
      expect.arrayContaining([
        "events.jsonl",
        "evaluation.json",
        "model.cost.json",
        "model.netron.json",
        "model.onnx",
        "model.safetensors",
        "report.html",
        "result.json",
        "row.json",
        "stages",
      ]),
    );
    expect(files.filter((file) => file.startsWith("lock") || file.endsWith(".tmp"))).toEqual([]);
  });
});

/** The tensors of a checkpoint; what it says of the run depends on its folder. */
function tensors(file: string): Buffer {
  expect(existsSync(file)).toBe(true);
  const bytes = readFileSync(file);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}
