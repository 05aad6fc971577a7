import { describe, expect, it } from "vitest";
import { fileName } from "./file-name.js";
import { oneAtATime } from "./one-at-a-time.js";

describe("oneAtATime", () => {
  it("asks once more for whatever came during a question, and then rests", async () => {
    const answers: (() => void)[] = [];
    const ask = oneAtATime(() => new Promise((resolve) => answers.push(resolve)));
    const first = ask();
    await Promise.all([ask(), ask(), ask()]);
    expect(answers).toHaveLength(1);
    answers[0]?.();
    await Promise.resolve();
    expect(answers).toHaveLength(2);
    answers[1]?.();
    await first;
    expect(answers).toHaveLength(2);
    void ask();
    expect(answers).toHaveLength(3);
  });
});

describe("fileName", () => {
  it.each([
    ["file:///a/net%20%5B1%5D.onnx", "net [1].onnx"],
    ["vscode-vfs://host/b/100%.onnx", "100%.onnx"],
    ["/c/net.model.ts", "net.model.ts"],
  ])("of %s is %s", (uri, name) => {
    expect(fileName(uri)).toBe(name);
  });
});
