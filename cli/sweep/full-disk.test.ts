/** A disk that is full while a sweep runs: a small file system of its own, which only root may mount. */
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCli } from "../testing/run-cli.js";
import { resultsIn, tonesFolder, tonesModel } from "./testing/tones.js";

const cwd = tonesFolder({
  "net.model.ts": tonesModel("sweep({ vary: { bits: [3, 4], sparsity: [0.3, 0.6] } })"),
  "disk/empty": "",
});
const disk = path.join(cwd, "disk");
const mount = (...args: string[]): boolean => spawnSync("mount", args, { stdio: "ignore" }).status === 0;
const isMounted = process.platform === "linux" && mount("-t", "tmpfs", "-o", "size=40k", "tmpfs", disk);

afterAll(() => {
  if (isMounted) spawnSync("umount", [disk]);
});

describe.skipIf(!isMounted)(`a full disk${isMounted ? "" : " (only root may mount one)"}`, () => {
  it.each([40, 200, 500])("of %i KiB ends a sweep in one sentence, and it goes on when there is room", async (size) => {
    for (const name of readdirSync(disk)) rmSync(path.join(disk, name), { recursive: true });
    expect(mount("-o", `remount,size=${size}k`, disk)).toBe(true);
    const out = `disk/s${size}`;
    const { code, stderr } = await runCli(["sweep", "net.model.ts", "--out", out, "--threads", "1"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      new RegExp(
        `^Go on with: quantlens sweep resume ${out}\nquantlens: \\S*${out}/\\S+ cannot be written: the disk is full; make room and run the command again\\.\n$`,
        "m",
      ),
    );
    expect(stderr).not.toContain("internal error");
    expect(mount("-o", "remount,size=8m", disk)).toBe(true);
    const resumed = await runCli(["sweep", "resume", out], { cwd });
    expect(resumed.code).toBe(0);
    expect(resultsIn(path.join(cwd, out)).rows.map(({ state }) => state)).toEqual(["done", "done", "done", "done"]);
    const left = readdirSync(path.join(cwd, out), { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => /(^|\/)lock$|\.tmp$/.test(name))).toEqual([]);
  });
});
