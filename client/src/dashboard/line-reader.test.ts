import { describe, expect, it } from "vitest";
import { LineReader, type GrowingFile } from "./line-reader.js";

/** A file in memory. */
class TestFile implements GrowingFile {
  bytes: Uint8Array | undefined;

  set text(text: string) {
    this.bytes = new TextEncoder().encode(text);
  }

  size(): Promise<number | undefined> {
    return Promise.resolve(this.bytes?.length);
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.bytes?.slice(offset, offset + length) ?? new Uint8Array(0));
  }
}

function follow(block?: number): { file: TestFile; reader: LineReader } {
  const file = new TestFile();
  return { file, reader: new LineReader(file, block) };
}

describe("a file that is followed", () => {
  it("gives whole lines, each once", async () => {
    const { file, reader } = follow();
    expect(await reader.next()).toEqual({ reset: false, lines: [], more: false });
    file.text = "one\ntwo\nthr";
    expect((await reader.next()).lines).toEqual(["one", "two"]);
    expect((await reader.next()).lines).toEqual([]);
    file.text = "one\ntwo\nthree\n";
    expect((await reader.next()).lines).toEqual(["three"]);
  });

  it("may replace its unfinished last line", async () => {
    const { file, reader } = follow();
    file.text = '{"whole":1}\n{"torn":"ä';
    await reader.next();
    file.text = '{"whole":1}\n{"resume":1}\n';
    expect(await reader.next()).toEqual({ reset: false, lines: ['{"resume":1}'], more: false });
  });

  it.each(["1\n", "other\nlines\nand more\n"])("begins anew when it is another one: %j", async (text) => {
    const { file, reader } = follow();
    file.text = "one\ntwo\n";
    await reader.next();
    file.text = text;
    const next = await reader.next();
    expect(next.reset).toBe(true);
    expect(next.lines).toEqual(text.split("\n").slice(0, -1));
  });

  it("is read in blocks, without tearing letters or lines", async () => {
    const { file, reader } = follow(16);
    const lines = Array.from({ length: 50 }, (_, index) => `äöü ${index}`);
    file.text = `${lines.join("\n")}\n`;
    const found: string[] = [];
    for (let more = true; more;) {
      const next = await reader.next();
      found.push(...next.lines);
      more = next.more;
    }
    expect(found).toEqual(lines);
  });

  it("goes on behind a line that is longer than a block", async () => {
    const { file, reader } = follow(8);
    file.text = `${"x".repeat(20)}\nend\n`;
    const found: string[] = [];
    for (let more = true; more;) {
      const next = await reader.next();
      found.push(...next.lines);
      more = next.more;
    }
    expect(found.at(-1)).toBe("end");
  });
});
