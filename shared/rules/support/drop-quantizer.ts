/** Quick fixes that take a quantiser away. */
import type { Fix } from "../../problems.js";
import type { RuleContext } from "../types.js";
import { factsOf } from "./facts.js";
import type { Quantizer } from "./quantizers.js";
import { quantizerOption } from "./targets.js";

/** Removes the option that holds the quantiser, or unwraps a layer that is nothing but a quantiser. None without source. */
export function dropQuantizerFix(context: RuleContext, { node }: Quantizer): Fix[] {
  const layer = factsOf(context).layerOf(node);
  if (!layer?.origin) return [];
  const { origin, kind } = layer;
  if (kind === "quantIdentity") {
    return [
      { title: "Remove this quantIdentity", preferred: true, edits: [{ kind: "unwrapCall", origin, argument: 0 }] },
    ];
  }
  const option = quantizerOption({ node });
  if (option === undefined) return [];
  return [{ title: `Remove ${option}`, preferred: true, edits: [{ kind: "removeOption", origin, path: [option] }] }];
}
