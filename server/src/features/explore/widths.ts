/** Bit widths in the source that a what-if can vary, named so that they are known again after an edit. */
import type { BitWidthSite } from "../../../../shared/analysis/bit-width-sites.js";
import type { BitWidthRecord } from "../../../../shared/messages.js";
import type { ShownModel } from "../../models/model-state.js";
import { bitWidthSites } from "../bit-widths.js";
import { quantizerName } from "../quantizer-name.js";
import { uniqueIds } from "./unique-ids.js";

/** Widths that quantisers of the DSL take. */
const least = 1;
const most = 16;

/** A width with a value that is written as a number. */
export interface NamedWidth {
  readonly id: string;
  readonly label: string;
  readonly bits: number;
  readonly site: BitWidthSite;
}

/** In the order of the source. */
export function namedWidths({ analysis }: ShownModel): readonly NamedWidth[] {
  const nextId = uniqueIds();
  return bitWidthSites(analysis)
    .toSorted((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1))
    .flatMap((site): NamedWidth[] => {
      if (site.value === undefined || !Number.isInteger(site.value) || site.value < least) return [];
      const label = quantizerName(analysis.program, site.call);
      return [{ id: nextId(label), label, bits: site.value, site }];
    });
}

export function widthRecords(shown: ShownModel): BitWidthRecord[] {
  return namedWidths(shown).map(({ id, label, bits, site }) => {
    const location = shown.sources.locationOf(site);
    return {
      id,
      label,
      bits,
      least,
      most: Math.max(most, bits),
      layers: [...site.layers].sort((a, b) => a - b),
      ...(location && { location }),
    };
  });
}
