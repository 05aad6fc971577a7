import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findRuntime } from "./runtime.js";

const folder = mkdtempSync(path.join(tmpdir(), "quantlens-node-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const electron = { execPath: "/opt/code/code", versions: { node: "22.1.0", electron: "34.0.0" } };
const remote = { execPath: "/opt/server/node", versions: { node: "22.1.0" } };

/** A program that answers as a Node of that version would. */
function fakeNode(version: string): string {
  const file = path.join(folder, `node-${version}`);
  writeFileSync(file, `#!/bin/sh\nprintf '${version}\\n${file}'\n`);
  chmodSync(file, 0o755);
  return file;
}

describe("findRuntime", () => {
  it("takes the user's Node", async () => {
    const runtime = await findRuntime(process.execPath, electron);
    expect(runtime).toMatchObject({ program: process.execPath, env: {} });
    expect(runtime.description).toContain(`Node ${process.versions.node}`);
  });

  it.runIf(process.platform !== "win32")("takes VS Code's where the user's is too old", async () => {
    const file = fakeNode("18.20.4");
    const runtime = await findRuntime(file, electron);
    expect(runtime).toMatchObject({ program: "/opt/code/code", env: { ELECTRON_RUN_AS_NODE: "1" } });
    expect(runtime.description).toBe(`VS Code's own Node 22.1.0, because ${file} is version 18.20.4, and 20 is needed`);
  });

  it("takes VS Code's where there is none, which without Electron is a plain Node", async () => {
    const missing = path.join(folder, "missing");
    expect(await findRuntime(missing, remote)).toEqual({
      program: "/opt/server/node",
      env: {},
      description: `VS Code's own Node 22.1.0, because ${missing} was not found or does not answer`,
    });
  });

  it.runIf(process.platform !== "win32")("takes VS Code's where the program is something else", async () => {
    expect((await findRuntime("false", remote)).program).toBe("/opt/server/node");
    expect((await findRuntime("true", remote)).program).toBe("/opt/server/node");
  });
});
