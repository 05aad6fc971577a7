import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { makeFolder as temporaryFolder, writeFiles } from "../testing/folder.js";
import {
  checkPlaces,
  copyFileAtomic,
  linkOrCopy,
  makeFolder,
  removeTemporaries,
  temporaryFor,
  writeFileAtomic,
  writeFilesAtomic,
} from "./atomic-file.js";

const folder = temporaryFolder({ "old.txt": "old", "plain.txt": "" });

describe("writeFileAtomic", () => {
  it("replaces a file and leaves nothing beside it", () => {
    writeFileAtomic(path.join(folder, "old.txt"), "new");
    writeFileAtomic(path.join(folder, "bytes.bin"), Uint8Array.of(1, 2, 3));
    expect(readFileSync(path.join(folder, "old.txt"), "utf8")).toBe("new");
    expect([...readFileSync(path.join(folder, "bytes.bin"))]).toEqual([1, 2, 3]);
    expect(readdirSync(folder).sort()).toEqual(["bytes.bin", "old.txt", "plain.txt"]);
  });

  it("leaves the file as it was when it cannot be written", () => {
    mkdirSync(path.join(folder, "taken"));
    writeFileSync(path.join(folder, "taken", "x"), "");
    expect(() => {
      writeFileAtomic(path.join(folder, "taken"), "new");
    }).toThrow(/taken cannot be written: /);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it.each([
    ["plain.txt/x", /plain\.txt\/x cannot be written: a part of its path is a file/],
    ["missing/x", /missing\/x cannot be written: its folder does not exist; make it, or choose another\.$/],
    ["n".repeat(300), /cannot be written: its name is longer than the system allows; choose a shorter one\.$/],
  ])("says why %s cannot be written", (file, message) => {
    expect(() => {
      writeFileAtomic(path.join(folder, file), "new");
    }).toThrow(message);
  });

  it.each([
    ["missing/x", /missing\/x cannot be written: its folder does not exist/],
    ["plain.txt", /plain\.txt exists: choose another name, or --force to replace it\.$/],
    ["taken", /taken cannot be written: it is a folder; choose another name\.$/],
    ["n".repeat(300), /cannot be written: its name is longer than the system allows/],
  ])("says before any work why %s could not be written", (file, message) => {
    const place = temporaryFolder({ "plain.txt": "", "taken/x": "" });
    expect(() => {
      checkPlaces([path.join(place, "new"), path.join(place, file)], { force: false });
    }).toThrow(message);
    checkPlaces([path.join(place, "plain.txt"), path.join(place, "new")], { force: true });
  });

  it("writes none of several files when one is a folder", () => {
    const place = temporaryFolder({ "b.txt/x": "" });
    const files = ["a.txt", "b.txt"].map((name) => ({ file: path.join(place, name), content: "new" }));
    expect(() => {
      writeFilesAtomic(files);
    }).toThrow(/b\.txt cannot be written: it is a folder; choose another name\.$/);
    expect(readdirSync(place)).toEqual(["b.txt"]);
  });

  it.skipIf(process.platform === "win32")(
    "is not interrupted by a signal, which ends the process afterwards",
    async () => {
      const place = temporaryFolder({});
      const program = path.join(place, "write.mjs");
      const contents = `import { writeFilesAtomic } from "./atomic-file.js";
const files = ["a", "b"].map((file) => ({ file, content: new Uint8Array(1000) }));
Object.defineProperty(files[1], "content", { get() { process.kill(process.pid, "SIGINT"); return "late"; } });
writeFilesAtomic(files);
setTimeout(() => console.log("went on"), 10_000);`;
      await build({
        ...{ stdin: { contents, resolveDir: import.meta.dirname }, bundle: true, platform: "node" },
        ...{ format: "esm", outfile: program },
      });
      const { signal, stdout } = spawnSync(process.execPath, [program], { cwd: place, encoding: "utf8" });
      expect({ signal, stdout }).toEqual({ signal: "SIGINT", stdout: "" });
      expect(readdirSync(place).sort()).toEqual(["a", "b", "write.mjs"]);
      expect(readFileSync(path.join(place, "b"), "utf8")).toBe("late");
    },
  );

  it("leaves no listener behind", async () => {
    const twoTurns = async () => {
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    };
    // Those of what was written last are still there.
    await twoTurns();
    const before = process.listenerCount("SIGTERM");
    writeFileAtomic(path.join(folder, "signals.txt"), "new");
    await twoTurns();
    expect(process.listenerCount("SIGTERM")).toBe(before);
    rmSync(path.join(folder, "signals.txt"));
  });

  it("makes a folder with those above it, and leaves one that is there", () => {
    const own = temporaryFolder({});
    for (let time = 0; time < 2; time++) makeFolder(path.join(own, "a", "b", "c"));
    expect(readdirSync(path.join(own, "a", "b"))).toEqual(["c"]);
  });

  it.each([
    ["plain.txt/below", /below cannot be written: a part of its path is a file/],
    ["plain.txt/two/below", /two\/below cannot be written: a part of its path is a file/],
    ["plain.txt", /plain\.txt cannot be written: a part of its path is a file/],
    ["n".repeat(300), /cannot be written: its name is longer than the system allows; choose a shorter one\.$/],
    ["a\0b", /a\\u0000b" cannot be written: a path must not have a null character; choose another name\.$/],
  ])("says why the folder %j cannot be made", (name, message) => {
    expect(() => {
      makeFolder(path.join(folder, name));
    }).toThrow(message);
  });

  it.skipIf(process.platform !== "linux")("says at once that /proc takes no folder", () => {
    for (const place of ["/proc/quantlens", "/proc/quantlens/below"]) {
      expect(() => {
        makeFolder(place);
      }).toThrow(`${place} cannot be made: the system takes nothing new in that place; choose another folder.`);
    }
  });

  const namespace = ["unshare", ["--user", "--map-root-user", "--mount", "true"]] as const;
  it.skipIf(spawnSync(...namespace).status !== 0)("says that a file system is read-only", async () => {
    const at = temporaryFolder({});
    const program = path.join(at, "make.mjs");
    await build({
      stdin: {
        contents: `import { makeFolder } from "./atomic-file.js"; try { makeFolder("closed/a/b"); } catch (error) { console.log(error.message); }`,
        resolveDir: import.meta.dirname,
      },
      ...{ bundle: true, platform: "node", format: "esm", outfile: program },
    });
    const script = 'mkdir closed && mount -t tmpfs -o ro tmpfs closed && exec "$0" make.mjs';
    const { stdout } = spawnSync(
      "unshare",
      ["--user", "--map-root-user", "--mount", "sh", "-c", script, process.execPath],
      {
        ...{ cwd: at, encoding: "utf8" },
      },
    );
    expect(stdout).toBe("closed/a/b cannot be written: you have no permission for it; choose another folder.\n");
  });
});

describe.each([
  ["copyFileAtomic", copyFileAtomic],
  ["linkOrCopy", linkOrCopy],
])("%s", (_, place) => {
  const own = temporaryFolder({ "from.bin": "new", "to.bin": "old" });
  const at = (name: string) => path.join(own, name);

  it("replaces a file, whatever a process with the same id has left", () => {
    writeFileSync(temporaryFor(at("to.bin")), "half");
    for (let times = 0; times < 2; times++) {
      place(at("from.bin"), at("to.bin"));
      expect(readFileSync(at("to.bin"), "utf8")).toBe("new");
      expect(readdirSync(own)).toEqual(["from.bin", "to.bin"]);
    }
  });

  it("leaves nothing beside a file that has been placed before", () => {
    for (let time = 0; time < 2; time++) place(at("from.bin"), at("to.bin"));
    expect(readFileSync(at("to.bin"), "utf8")).toBe("new");
    expect(readdirSync(own)).toEqual(["from.bin", "to.bin"]);
  });

  it("leaves everything as it was when it cannot", () => {
    expect(() => {
      place(at("nowhere.bin"), at("to.bin"));
    }).toThrow(/to\.bin cannot be written: the system says ENOENT/);
    expect(readdirSync(own)).toEqual(["from.bin", "to.bin"]);
  });
});

describe("removeTemporaries", () => {
  it("removes what killed writers have left, and nothing else", async () => {
    const writer = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "ignore"] });
    await once(writer, "spawn");
    const half = `.last.safetensors.${writer.pid}.tmp`;
    const others = ["notes.tmp", ".notes.tmp", `last.${writer.pid}.tmp`, "last.safetensors"];
    const own = temporaryFolder({});
    for (const place of [".", "stages/1-train", "rows/0001"])
      for (const name of [half, ...others]) writeFiles(own, { [path.join(place, name)]: "" });
    const halves = () => readdirSync(own, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(half));
    removeTemporaries(own);
    expect(halves()).toHaveLength(3);
    writer.kill("SIGKILL");
    await once(writer, "exit");
    removeTemporaries(own, [path.join(own, "rows")]);
    expect(halves()).toEqual([path.join("rows", "0001", half)]);
    expect(readdirSync(own).sort()).toEqual([...others, "rows", "stages"].sort());
    expect(readdirSync(path.join(own, "stages", "1-train")).sort()).toEqual(others.toSorted());
  });
});
