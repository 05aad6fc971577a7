/** Findings about how quantisers are defined: grouped by the call that wrote them, priced together. */
import type { CostChange } from "../../cost/types.js";
import type { Fix, OptionPath, Price, Severity, SourceEdit } from "../../problems.js";
import type { Finding, RuleContext } from "../types.js";
import { factsOf, type Facts } from "./facts.js";
import { macsOf } from "./flow.js";
import { priceRemedies } from "./pricing.js";
import { fixesOfReach, reachClause, reachOf, type Reach } from "./reach.js";
import type { Quantizer } from "./quantizers.js";
import { groupByPlace, layerTarget, quantizerTarget, relatedEntries, type Place } from "./targets.js";
import { layersPhrase, priceClause, sourceLayer } from "./wording.js";

export interface QuantizerReport {
  /** Option or argument of the quantiser's call that is wrong. */
  readonly path?: OptionPath;
  /** What is wrong, when it differs between quantisers of the same call. */
  readonly variant?: (quantizer: Quantizer) => string;
  /** The what-if that mends it; its price follows the message. */
  readonly remedy?: (quantizer: Quantizer) => readonly CostChange[];
  /** True: only where it costs something. */
  readonly onlyIfItCosts?: boolean;
  /** Says the same about many quantisers of an ONNX file, so that one finding for all of them is enough. */
  readonly oncePerFile?: boolean;
  /** The sentence without its full stop and price; `what` is "the weight quantiser of conv.0 (quantConv1d)". */
  readonly message: (what: string, first: Quantizer, count: number) => string;
  /** Only called for quantisers that stand in a model file. */
  readonly fixes?: (first: Quantizer, items: readonly Quantizer[]) => readonly Fix[];
  readonly severity?: (first: Quantizer) => Severity | undefined;
}

/** One finding per place in the source for all `offenders` written there. */
export function* reportQuantizers(
  context: RuleContext,
  offenders: readonly Quantizer[],
  report: QuantizerReport,
): Iterable<Finding> {
  const facts = factsOf(context);
  const places = groupByPlace(
    context,
    offenders,
    (quantizer) => quantizerTarget(facts, quantizer, report.path),
    report.variant,
    report.oncePerFile,
  );
  const { remedy } = report;
  const reaches = remedy && reachOf(context, places, facts.quantizers, fixesOf(report));
  const prices = remedy && pricesOf(context, places, reaches ?? [], remedy);
  for (const [index, place] of places.entries()) {
    const price = prices?.[index];
    const sharers = (reaches?.[index]?.sharers ?? []).map(({ node }) => node);
    const clause = price ? priceClause(context, price) : "";
    if (report.onlyIfItCosts && clause === "") continue;
    const { first, items, target } = place;
    const severity = report.severity?.(first);
    const reach = price ? reachClause(context, sharers, price) : "";
    const fixes = fixesOf(report)(first, items);
    yield {
      message: `${capitalised(report.message(quantizersPhrase(facts, items), first, items.length))}${reach}${clause}.`,
      target,
      ...relatedEntries(
        items.slice(1),
        (quantizer) => layerTarget(facts, quantizer.node),
        (quantizer) => `also ${quantizersPhrase(facts, [quantizer])}`,
      ),
      ...(price && clause !== "" && { price }),
      ...(fixes.length > 0 && { fixes: price ? fixesOfReach(fixes, sharers, price) : fixes }),
      ...(severity && { severity }),
    };
  }
}

/** `the weight quantiser of conv (quantConv1d)`, `the quantisers Quant_3 and Quant_9`. */
export function quantizersPhrase(facts: Facts, quantizers: readonly Quantizer[]): string {
  const nodes = quantizers.map((quantizer) => quantizer.node);
  const uses = new Set(quantizers.map((quantizer) => quantizer.use));
  const noun = uses.size === 1 ? nouns[quantizers[0]?.use ?? "parameter"] : "quantiser";
  const fromSource = nodes.some((node) => sourceLayer(facts, node));
  return `the ${noun}${fromSource ? " of" : ""} ${layersPhrase(facts, nodes)}`;
}

const nouns: Readonly<Record<Quantizer["use"], string>> = {
  weight: "weight quantiser",
  bias: "bias quantiser",
  activation: "activation quantiser",
  parameter: "constant's quantiser",
};

/** A fix that edits the quantiser's own call. Empty where there is no source. */
export function quantizerFix(
  quantizer: Quantizer,
  title: string,
  edits: (origin: NonNullable<Quantizer["node"]["quantizerOrigin"]>) => readonly SourceEdit[],
  preferred = true,
): Fix[] {
  const origin = quantizer.node.quantizerOrigin;
  return origin ? [{ title, edits: edits(origin), ...(preferred && { preferred }) }] : [];
}

export function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** The fixes of quantisers that stand in a model file; others have none. */
function fixesOf({ fixes }: QuantizerReport): NonNullable<QuantizerReport["fixes"]> {
  return (first, items) => (first.node.quantizerOrigin && fixes ? fixes(first, items) : []);
}

/** What the places, and all that their fixes reach, would save. */
function pricesOf(
  context: RuleContext,
  places: readonly Place<Quantizer>[],
  reaches: readonly Reach<Quantizer>[],
  remedy: NonNullable<QuantizerReport["remedy"]>,
): readonly Price[] {
  const remedies = places.map(({ items }, index) => {
    const mended = [...items, ...(reaches[index]?.sharers ?? [])];
    return {
      changes: mended.flatMap(remedy),
      nodes: mended.flatMap((quantizer) => macsOf(context, quantizer).map((mac) => mac.node.name)),
    };
  });
  return priceRemedies(context, remedies);
}
