import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { goldenPath, hasGolden } from "../../shared/testing/golden.js";
import { makeFolder } from "../testing/folder.js";
import { runCli } from "../testing/run-cli.js";
import { readTable } from "./tables/table-file.js";
import { resultsIn, tonesFolder, tonesModel } from "./testing/tones.js";

/** The cells of a written table, by title: numbers where they are numbers. */
function tableOf(file: string): Record<string, string | number | undefined>[] {
  const { titles, lines } = readTable(file);
  return lines.map(({ cells }) =>
    Object.fromEntries(titles.map((title, at) => [title, cells[at]?.number ?? cells[at]?.text] as const)),
  );
}

describe("a sweep of a table", () => {
  it("runs the rows that can be run, and fills in what they came to", async () => {
    const cwd = tonesFolder({ "net.model.ts": tonesModel("", { recipe: 'train({ epochs: param("epochs", 1) })' }) });
    writeFileSync(path.join(cwd, "rows.csv"), "bits,epochs,#why\n3,1,few\n,1,none\n4,one,?\n99,1,much\n5,1,more\n");
    const { code, stderr } = await runCli(["sweep", "rows.csv", "--model", "net.model.ts", "--out", "out"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain("failed: line 3 of rows.csv: bits (column A) is empty.");
    expect(resultsIn(path.join(cwd, "out")).rows.map(({ line, state }) => [line, state])).toEqual([
      [2, "done"],
      [3, "failed"],
      [4, "failed"],
      [5, "failed"],
      [6, "done"],
    ]);
    const rows = tableOf(path.join(cwd, "rows_computed.ods"));
    expect(Object.keys(rows[0] ?? {})).toEqual([
      ...["bits", "epochs", "#why", "state", "accuracy", "score", "bops", "mem_w_bits", "density", "pareto", "message"],
    ]);
    expect(rows[0]).toMatchObject({ bits: "3", "#why": "few", state: "done", accuracy: expect.any(Number) as number });
    expect(rows[1]).toMatchObject({
      "#why": "none",
      state: "failed",
      message: "line 3 of rows.csv: bits (column A) is empty.",
    });
    expect(rows[2]?.message).toBe('line 4 of rows.csv: epochs (column B) is "one", and a number is expected.');
    expect(rows[3]?.message).toContain("bits");
  }, 120_000);

  it("needs a model", async () => {
    const cwd = makeFolder({ "rows.csv": "bits\n3\n" });
    const { code, stderr } = await runCli(["sweep", "rows.csv"], { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "quantlens: rows.csv has rows of parameters: name the model file that they are for by --model.\n",
    });
  });

  it.skipIf(!hasGolden)(
    "fills the winner's own run_config.ods, at a tiny scale",
    async () => {
      const cwd = makeFolder({});
      copyFileSync(goldenPath("bacalhaunet", "run_config.ods"), path.join(cwd, "run_config.ods"));
      const model = path.resolve(import.meta.dirname, "../../examples/bacalhaunet/table.model.ts");
      const tiny = ["--data", "synthetic:framesPerClassAndSnr=2", "--epochs", "1", "--limit-frames", "200"];
      const args = ["sweep", "run_config.ods", "--model", model, "--out", "out", "--threads", "2", ...tiny];
      const { code, stderr } = await runCli(args, { cwd });
      expect(stderr).not.toContain("quantlens:");
      expect(code).toBe(0);
      const [before] = tableOf(goldenPath("bacalhaunet", "run_config.ods"));
      const [after] = tableOf(path.join(cwd, "run_config_computed.ods"));
      expect(Object.keys(after ?? {})).toEqual(Object.keys(before ?? {}));
      const given = Object.entries(before ?? {}).filter(([, value]) => value !== undefined);
      expect(after).toMatchObject(Object.fromEntries(given));
      for (const [title, value] of Object.entries(after ?? {})) {
        if (title !== "notes" && before?.[title] === undefined)
          expect([title, typeof value]).toEqual([title, "number"]);
      }
      const number = (title: string): number => Number(after?.[title]);
      expect(number("inference_cost")).toBeGreaterThan(number("inference_cost_final"));
      expect(number("inference_cost_final")).toBeGreaterThan(number("inference_cost_final3"));
      const parts = 0.5 * number("inference_cost_bops_final3") + 0.5 * number("inference_cost_wbits_final3");
      expect(number("inference_cost_final3")).toBeCloseTo(parts, 12);
      const [row] = resultsIn(path.join(cwd, "out")).rows;
      expect(row?.stages.map(({ kind }) => kind)).toEqual(["train", "prune", "prune", "prune"]);
      expect(number("inference_cost_final3")).toBe(row?.score);
    },
    120_000,
  );
});
