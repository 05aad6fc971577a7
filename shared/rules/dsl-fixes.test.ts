/** What mends the DSL's own complaints. */
import { describe, expect, it } from "vitest";
import { graphFromJson } from "../graph/graph.js";
import { textEdits } from "../sandbox/edits.js";
import { applyEdits } from "../testing/fixture.js";
import { evaluateFiles } from "../testing/sandbox.js";
import { dslProblemFixes } from "./dsl-fixes.js";
import { modelExample } from "./support/example.js";

const conv = (options: string) =>
  modelExample({ forward: `return quantConv1d(x, { outChannels: 6, kernelSize: 1${options} });` });
const weight = (quantizer: string) => conv(`, weightQuant: ${quantizer}`);

/** Applies the first fix of the problem with this code. */
async function mended(code: string, text: string): Promise<string> {
  const { program, definition } = await evaluateFiles({ "model.ts": text });
  const problem = definition!.problems.find((candidate) => candidate.code === code);
  expect(problem, JSON.stringify(definition!.problems)).toBeDefined();
  const [fix] = dslProblemFixes(problem!, graphFromJson(definition!.graph));
  return applyEdits(text, textEdits(program!, fix?.edits ?? []) ?? []);
}

describe("fixes of DSL problems", () => {
  it.each([
    ["group-divisibility", conv(", groups: 4"), conv(", groups: 2")],
    ["bit-width-not-integer", weight("int(5.6)"), weight("int(6)")],
    ["bit-width-range", weight("int(40)"), weight("int(32)")],
    [
      "scale-not-power-of-two",
      weight("int(6, { scale: 0.3, powerOfTwo: true })"),
      weight("int(6, { scale: 0.5, powerOfTwo: true })"),
    ],
    ["scale-not-positive-static", weight("int(6, { scale: -1, narrow: true })"), weight("int(6, { narrow: true })")],
    [
      "scale-granularity",
      weight("int(6, { scale: [1, 1, 1, 1, 1, 1] })"),
      weight(`int(6, { scale: [1, 1, 1, 1, 1, 1], granularity: "channel" })`),
    ],
    ["option-without-effect", conv(", bias: false, biasQuant: intBias()"), conv(", bias: false")],
    ["unknown-option", conv(", colour: 1"), conv("")],
    ["channel-mismatch", conv(", inChannels: 3"), conv("")],
  ])("%s", async (code, before, after) => {
    const text = await mended(code, before);
    expect(bodyOf(text)).toBe(bodyOf(after));
    const { definition } = await evaluateFiles({ "model.ts": text });
    expect(definition?.problems.map((problem) => problem.code)).not.toContain(code);
  });

  it("are none where only the author knows what is meant", async () => {
    const { definition } = await evaluateFiles({ "model.ts": conv(", stride: -1") });
    const [problem] = definition!.problems;
    expect(problem?.code).toBe("invalid-option");
    expect(dslProblemFixes(problem!, graphFromJson(definition!.graph))).toEqual([]);
  });
});

/** Without the imports, of which a fix may leave one unused. */
function bodyOf(text: string): string {
  return text.slice(text.indexOf("export default"));
}
