import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { makeFolder } from "../testing/folder.js";
import { smallModel } from "../testing/models.js";
import { runCli } from "../testing/run-cli.js";
import { renderPng } from "./png.js";

const example = path.resolve(import.meta.dirname, "../../examples/bacalhaunet/bacalhaunet.onnx");

describe("quantlens diagram", () => {
  it("prints a model file's graph as SVG", async () => {
    const cwd = makeFolder({ "net.model.ts": smallModel(6) });
    const { code, stdout, stderr } = await runCli(["diagram", "net.model.ts"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^<svg [^]*<\/svg>\n$/);
    expect([...stdout.matchAll(/data-node="([^"]*)"/g)].map(([, name]) => name)).toEqual([
      ...["hardtanh.act_quant", "first", "relu", "relu.act_quant", "pool", "flatten", "last"],
    ]);
    expect(stdout).toContain("8×1024 SCALEDUINT6");
  });

  it("draws an ONNX file without its quantisers", async () => {
    const { code, stdout } = await runCli(["diagram", example, "--float"]);
    expect(code).toBe(0);
    expect(stdout).toContain("<title>bacalhaunet.onnx</title>");
    expect(stdout).not.toContain("Quant");
    expect(stdout).toContain("without quantisers");
  });

  it("writes SVG and PNG files, and replaces none unasked", async () => {
    const cwd = makeFolder({});
    const draw = (...args: string[]) => runCli(["diagram", example, ...args], { cwd });
    expect(await draw("-o", "net.svg")).toMatchObject({ code: 0, stdout: "" });
    expect(readFileSync(path.join(cwd, "net.svg"), "utf8")).toContain("</svg>");
    expect(await draw("-o", "net.png", "--scale", "0.5")).toMatchObject({ code: 0 });
    const png = readFileSync(path.join(cwd, "net.png"));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(await draw("-o", "net.svg")).toMatchObject({
      code: 2,
      stderr: "quantlens: net.svg exists: choose another name, or --force to replace it.\n",
    });
    expect(await draw("-o", "net.svg", "--float", "--force")).toMatchObject({ code: 0 });
    expect(readFileSync(path.join(cwd, "net.svg"), "utf8")).toContain("without quantisers");
  });

  it.each([
    [["-o", "net.jpg"], /^quantlens: net\.jpg cannot be drawn: its name must end with \.svg or \.png\.\n$/],
    [["-o", "none/net.svg"], /^quantlens: none\/net\.svg cannot be written/],
    [["--scale", "0"], /Write a number above 0 and up to 16/],
    [["--float", "--quantised"], /cannot be used with option/],
  ])("refuses %j in a sentence", async (args, message) => {
    const { code, stdout, stderr } = await runCli(["diagram", example, ...args], { cwd: makeFolder({}) });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  it("says why a model file cannot be drawn", async () => {
    const cwd = makeFolder({ "net.model.ts": "export default 1;\n", "net.onnx": "" });
    expect(await runCli(["diagram", "net.model.ts"], { cwd })).toMatchObject({ code: 2 });
    const { code, stderr } = await runCli(["diagram", "net.onnx"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("The file is empty");
  });
});

describe("renderPng", () => {
  it("draws smaller what would be too large", async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100"></svg>';
    const dist = path.resolve(import.meta.dirname, "../../dist");
    const png = await renderPng({ svg, width: 400, height: 100 }, { scale: 2, mostPixels: 10_000, dist });
    expect([png.width, png.height, png.scale]).toEqual([200, 50, 0.5]);
    expect(Buffer.from(png.bytes).readUInt32BE(16)).toBe(200);
  });
});
