import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.js";
import { slugOf } from "./project.js";
import { templates } from "./templates.js";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), "quantlens-init-"));
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const read = (...names: string[]): string => readFileSync(path.join(cwd, ...names), "utf8");

describe("quantlens init", () => {
  it.each(templates)("makes a project that runs: $name", async ({ name, modelName }) => {
    const made = await runCli(["init", "nets/first", "--name", "Tiny Net", "--template", name], { cwd });
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const model = "nets/first/tiny-net.model.ts";
    expect(read(model)).toContain('name: "TinyNet"');
    expect(read(model)).not.toContain(`name: "${modelName}"`);
    expect((await runCli(["cost", model], { cwd })).stdout).toContain("TinyNet  nets/first/tiny-net.model.ts");
  });

  it("writes package.json, tsconfig.json and tasks for the model", async () => {
    const { stdout } = await runCli(["init", "Größe 2", "--format", "json"], { cwd });
    const { files, model } = JSON.parse(stdout) as { files: string[]; model: string };
    expect(model).toBe("grosse-2.model.ts");
    const names = [
      ".gitignore",
      ".vscode/extensions.json",
      ".vscode/tasks.json",
      model,
      "package.json",
      "tsconfig.json",
    ];
    expect([...files].sort()).toEqual(names);
    expect(JSON.parse(read("Größe 2", "package.json"))).toMatchObject({
      name: "grosse-2",
      scripts: { train: `quantlens train ${model} --data synthetic`, typecheck: "tsc" },
    });
  });

  it("leaves what is there as it is", async () => {
    mkdirSync(path.join(cwd, ".git"));
    writeFileSync(path.join(cwd, "package.json"), "mine");
    const { code, stderr } = await runCli(["init", ".", "--name", "net"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/has package\.json already: choose another folder, or move it away\.$/m);
    expect(read("package.json")).toBe("mine");
    expect(readdirSync(cwd).sort()).toEqual([".git", "package.json"]);
  });

  it("says so when the folder is a file or the name is none", async () => {
    writeFileSync(path.join(cwd, "file"), "");
    expect((await runCli(["init", "file/net"], { cwd })).stderr).toMatch(/a part of its path is a file/);
    expect((await runCli(["init", "a", "--name", "…"], { cwd })).stderr).toMatch(/"…" cannot name a project/);
    expect(existsSync(path.join(cwd, "a"))).toBe(false);
    expect((await runCli(["init", "a", "--template", "none"], { cwd })).code).toBe(2);
  });
});

describe("slugOf", () => {
  it.each([
    ["My Net 2", "my-net-2"],
    ["BacalhauNetV1", "bacalhau-net-v1"],
    ["../../etc/passwd", "etc-passwd"],
    ["  ", ""],
    ["Café ÅS", "cafe-as"],
    ["日本", ""],
  ])("of %j", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });
});
