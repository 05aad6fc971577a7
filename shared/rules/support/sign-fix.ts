/** Quick fixes that swap `int` and `uint`. */
import type { Fix } from "../../problems.js";
import type { RuleContext } from "../types.js";
import { factsOf } from "./facts.js";
import { quantizerText, type Quantizer } from "./quantizers.js";
import { quantizerOption } from "./targets.js";

export interface SignFix {
  readonly bits: number;
  readonly signed: boolean;
  readonly preferred: boolean;
}

/**
 * Rewrites the quantiser's own call, which keeps its options. Where the same call also quantises something that is
 * right as it is (a constant shared with weights), the layer's option gets a quantiser of its own instead.
 */
export function signFix(
  context: RuleContext,
  items: readonly Quantizer[],
  { bits, signed, preferred }: SignFix,
): Fix[] {
  const facts = factsOf(context);
  const [first] = items;
  const origin = first?.node.quantizerOrigin;
  const layer = first && facts.layerOf(first.node);
  const option = first && quantizerOption(first);
  if (!origin || !layer?.origin || option === undefined) return [];
  const call = origin.calls.at(-1);
  const users = facts.quantizers.filter(({ node }) => node.quantizerOrigin?.calls.at(-1) === call);
  const text = quantizerText(bits, signed);
  const callee = signed ? "int" : "uint";
  const own = [
    { kind: "replaceCallee", origin, text: callee },
    { kind: "setOption", origin, path: [0], text: String(bits) },
  ] as const;
  const replaced = [{ kind: "setOption", origin: layer.origin, path: [option], text }] as const;
  return [
    {
      title: `Use ${text}`,
      edits: [...(users.length === items.length ? own : replaced), { kind: "ensureImport", names: [callee] }],
      ...(preferred && { preferred }),
    },
  ];
}
