import { describe, expect, it } from "vitest";
import { OpenModel, type OpenOptions } from "../../test/open-model.js";
import { diagnostics } from "./diagnostics.js";
import { modelSummary } from "./model-cost.js";
import { modelSetup } from "./model-setup.js";

const text = `
import { adam, defineModel, flatten, int, param, prune, quantIdentity, quantLinear, train } from "quantlens";
const bits = param("bits", 6);
const widths = param("widths", [8, 4]);
export default defineModel({
  name: "Net",
  input: { shape: [1, 16] },
  forward(x) {
    x = quantIdentity(x, { actQuant: int(8) });
    for (const outFeatures of widths) x = quantIdentity(quantLinear(x, { outFeatures, weightQuant: int(bits) }), { actQuant: int(8) });
    return x;
  },
  recipe: [
    train({ epochs: 2, optimizer: adam({ lr: 0.01 }) }),
    prune({ name: "half", target: { sparsity: 0.5 }, finetune: { epochs: 1 } }),
    prune({ target: { sparsity: 0.7 }, finetune: { epochs: 1 } }),
  ],
});
`;

async function stateOf(options: OpenOptions = {}) {
  const model = await OpenModel.open(text, options);
  return model.state();
}

describe("modelSetup", () => {
  it("lists parameters with their values and stages with their names", async () => {
    const setup = modelSetup(await stateOf({ parameters: { bits: 3 } }));
    expect(setup).toEqual({
      name: "Net",
      parameters: [
        { name: "bits", value: 3, default: 6 },
        { name: "widths", value: [8, 4], default: [8, 4] },
      ],
      stages: [
        { position: 1, kind: "train", name: "train 1" },
        { position: 2, kind: "prune", name: "half" },
        { position: 3, kind: "prune", name: "prune 3" },
      ],
    });
  });
});

describe("chosen parameters", () => {
  it("change the numbers, which say what they stand for", async () => {
    const [preset, chosen] = await Promise.all([stateOf(), stateOf({ parameters: { bits: 3 } })]);
    const [before, after] = [modelSummary(preset), modelSummary(chosen)];
    expect(before!.bops).toBe(2 * after!.bops);
    expect(before!.memWBits).toBe(2 * after!.memWBits);
    expect(after!.parameters).toContainEqual({ name: "bits", value: 3, default: 6 });
  });

  it("are reported where the model has no such parameter or another type", async () => {
    const state = await stateOf({ parameters: { bitz: 3, bits: "three" } });
    const found = diagnostics(state, state.key, () => undefined).map(({ code, message }) => [code, message]);
    expect(found).toContainEqual([
      "unknown-parameter",
      'A value is chosen for the parameter "bitz", which Net does not have: it has bits, widths.',
    ]);
    const expected = expect.stringMatching(/^The parameter bits expects a number/) as string;
    expect(found).toContainEqual(["invalid-parameter", expected]);
  });
});
