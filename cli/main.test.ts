import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { makeFolder } from "./testing/folder.js";
import { smallModel } from "./testing/models.js";
import { cliProgram, runCli } from "./testing/run-cli.js";

const folder = makeFolder({ "small.model.ts": smallModel(6) });

describe("the command line", () => {
  it.each([
    [["--help"], "Commands:"],
    [["cost", "--help"], "quantlens cost net.model.ts --weights net.onnx"],
    [["check", "--help"], "quantlens check net.model.ts --profile finn"],
    [["diff", "--help"], "quantlens diff net.model.ts --max-score 0.02"],
    [["doctor", "--help"], "quantlens doctor --format json"],
    [["data", "--help"], "quantlens data generate made.hdf5"],
    [["lsp", "--help"], "quantlens lsp --stdio"],
  ])("explains itself: %j", async (args, expected) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(stdout).toContain(expected);
    expect(stdout).toContain("Examples:");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it.each([
    [[], "Usage: quantlens"],
    [["cots"], "unknown command 'cots'"],
    [["cost"], "missing required argument 'file'"],
    [["cost", "--flavour", "qonnx", "small.model.ts"], "unknown option '--flavour'"],
    [["cost", "--flavor", "brevitas", "small.model.ts"], "Allowed choices are finn-base, qonnx."],
    [["check", "--severity", "budget-exceeded=loud", "small.model.ts"], "error, warning, info, hint, off"],
    [["diff", "small.model.ts", "--max-score", "low"], "Write a number such as 0.02."],
    [["lsp"], "required option '--stdio'"],
  ])("says on standard error what is wrong with the arguments %j, exit code 2", async (args, expected) => {
    const { code, stdout, stderr } = await runCli(args, { cwd: folder });
    expect(stderr).toContain(expected);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("shows a stack with --debug and none without", async () => {
    const plain = await runCli(["cost", "none.model.ts"], { cwd: folder });
    expect(plain.stderr).toMatch(/^quantlens: none\.model\.ts does not exist[^\n]*\n$/);
    const debug = await runCli(["cost", "none.model.ts", "--debug"], { cwd: folder });
    expect(debug.stderr).toMatch(/\n {4}at /);
    expect([plain.code, debug.code]).toEqual([2, 2]);
  });

  it("writes no colours into a pipe, whatever FORCE_COLOR says", async () => {
    const { stdout } = await runCli(["cost", "small.model.ts"], { cwd: folder, env: { FORCE_COLOR: "1" } });
    expect(stdout).toContain("total");
    expect(stdout).not.toContain("\u001b");
  });

  it("ends quietly when the reader of its output has gone", async () => {
    const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [cliProgram(), "--help"]);
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdout.destroy();
      child.on("close", (code) => {
        resolve({ code, stderr });
      });
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
