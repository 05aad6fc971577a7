/** Findings that say how wide accumulators are: one per file, for all layers whose width is known. */
import type { Finding, RuleContext } from "../types.js";
import { modelExample } from "./example.js";
import { factsOf, type Facts, type Mac } from "./facts.js";
import { reportLayers } from "./layer-findings.js";
import { bitsRange } from "./wording.js";

/** `message`: the sentence about the layers' names and their range of bits. */
export function reportWidths(
  context: RuleContext,
  bitsOf: (facts: Facts, mac: Mac) => number | undefined,
  message: (names: string, bits: string, macs: readonly Mac[]) => string,
): Iterable<Finding> {
  const facts = factsOf(context);
  const widths = facts.macs.flatMap((mac) => {
    const bits = bitsOf(facts, mac);
    return bits === undefined ? [] : [{ node: mac.node, mac, bits }];
  });
  return reportLayers(context, widths, {
    oncePerFile: true,
    detail: ({ node, bits }) => `${node.name}: ${bits} bits`,
    message: (names, _first, items) =>
      message(
        names,
        bitsRange(items.map(({ bits }) => bits)),
        items.map(({ mac }) => mac),
      ),
  });
}

/** A layer with an accumulator, and a model without one. */
export const widthExamples = {
  bad: modelExample({
    forward: `
x = quantHardTanh(x, { actQuant: int(8) });
return quantConv1d(x, { outChannels: 24, kernelSize: 27, bias: false, weightQuant: int(6) });`,
  }),
  good: modelExample({ forward: `return quantReLU(x, { actQuant: uint(6) });` }),
};
