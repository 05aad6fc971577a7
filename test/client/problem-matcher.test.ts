/** The problem matcher of the manifest reads what `quantlens check` prints. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../cli/testing/run-cli.js";

interface Pattern {
  readonly regexp: string;
  readonly file?: number;
  readonly line?: number;
  readonly severity?: number;
  readonly code?: number;
  readonly message?: number;
}

const root = path.resolve(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  contributes: { problemMatchers: { name: string; pattern: [Pattern, Pattern] }[] };
};
const [matcher] = manifest.contributes.problemMatchers;

/** What VS Code would list: it looks for the lines of the pattern one after the other. */
function problemsIn(output: string): Record<string, string | undefined>[] {
  const [head, body] = matcher!.pattern;
  const lines = output.split("\n");
  return lines.flatMap((line, index) => {
    const found = new RegExp(head.regexp).exec(line);
    const text = found && new RegExp(body.regexp).exec(lines[index + 1] ?? "");
    if (!text) return [];
    const [file, at, severity, code] = [found[head.file!], found[head.line!], found[head.severity!], found[head.code!]];
    return [{ file, line: at, severity, code, message: text[body.message!] }];
  });
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "quantlens matcher-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the problem matcher", () => {
  it("reads findings, in files with blanks and colons in their names", async () => {
    const name = process.platform === "win32" ? "my net.model.ts" : "my: net.model.ts";
    writeFileSync(
      path.join(folder, name),
      `import { defineModel, int, quantConv1d } from "quantlens";
export default defineModel({
  name: "Net",
  input: { shape: [1, 2, 64] },
  forward: (x) => quantConv1d(x, { outChannels: 4, kernelSize: 3, weightQuant: int(4) }),
});
`,
    );
    const { stdout } = await runCli(["check", name], { cwd: folder });
    const problems = problemsIn(stdout);
    expect(problems).toContainEqual({
      file: name,
      line: "5",
      severity: "warning",
      code: "input-not-quantised",
      message: expect.stringMatching(/^Nothing quantises the model's input/) as string,
    });
    expect(problems.length).toBe(
      stdout.split("\n").filter((line) => / (?:error|warning|info|hint) [\w-]+$/.test(line)).length,
    );
  });
});
