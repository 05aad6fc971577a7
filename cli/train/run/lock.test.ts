import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "../../testing/folder.js";
import { lockFolder, untilFree } from "./lock.js";

let folder = "";
let file = "";

beforeEach(() => {
  folder = makeFolder({});
  file = path.join(folder, "lock");
});

function lockAs(owner: object): void {
  writeFileSync(file, JSON.stringify(owner));
}

describe("the lock of a folder", () => {
  it("is held until it is returned", () => {
    const unlock = lockFolder(folder);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ pid: process.pid, host: os.hostname() });
    expect(() => lockFolder(folder)).toThrow(new RegExp(`is in use by process ${process.pid}: wait until it ends`));
    unlock();
    expect(readdirSync(folder)).toEqual([]);
    lockFolder(folder)();
  });

  it("is respected while its process lives, and taken over after a kill", async () => {
    const other = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: "pipe" });
    lockAs({ pid: other.pid, host: os.hostname() });
    const half = path.join(folder, `.last.safetensors.${other.pid}.tmp`);
    writeFileSync(half, "half");
    expect(() => lockFolder(folder)).toThrow(`is in use by process ${other.pid}`);
    expect(existsSync(half)).toBe(true);
    other.kill("SIGKILL");
    await once(other, "exit");
    const unlock = lockFolder(folder);
    expect(readFileSync(file, "utf8")).toContain(`"pid":${process.pid}`);
    unlock();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of another machine is respected", () => {
    lockAs({ pid: 1, host: "elsewhere" });
    expect(() => lockFolder(folder)).toThrow("is in use by process 1 on elsewhere");
  });

  it.runIf(process.platform === "linux")("is taken over from a process whose id another one has now", () => {
    lockAs({ pid: process.pid, host: os.hostname(), started: "before" });
    lockFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(["", "{", "null", '{"pid":"x","host":"y"}'])("is taken over when it reads %j", (text) => {
    writeFileSync(file, text);
    lockFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is waited for while its process lives", async () => {
    const other = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: "pipe" });
    lockAs({ pid: other.pid, host: os.hostname() });
    const free = untilFree(folder, new AbortController().signal, { silentMs: 0, pollMs: 5 });
    let isFree = false;
    void free.then(() => (isFree = true));
    await once(other, "spawn");
    expect(isFree).toBe(false);
    other.kill("SIGKILL");
    await free;
    lockFolder(folder)();
  });

  it("of another machine is waited for while it is touched, and removed when it is silent", async () => {
    lockAs({ pid: 1, host: "elsewhere" });
    const { signal } = new AbortController();
    let beats = 0;
    const beat = setInterval(() => {
      beats++;
      utimesSync(file, beats, beats);
      if (beats === 20) clearInterval(beat);
    }, 5);
    await untilFree(folder, signal, { silentMs: 500, pollMs: 5 });
    expect(beats).toBe(20);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not waited for any longer by who is interrupted", async () => {
    lockAs({ pid: 1, host: "elsewhere" });
    const controller = new AbortController();
    const free = untilFree(folder, controller.signal, { silentMs: 60_000, pollMs: 5 });
    controller.abort();
    await expect(free).rejects.toThrow();
    expect(readFileSync(file, "utf8")).toContain("elsewhere");
  });

  it("leaves another one's lock alone when it is returned", () => {
    const unlock = lockFolder(folder);
    lockAs({ pid: 1, host: "elsewhere" });
    unlock();
    expect(readFileSync(file, "utf8")).toContain("elsewhere");
  });
});
