/** What a network costs in all, by both tools. */
import { formatCount, formatScore } from "../../../../shared/format.js";
import type { NetworkRecord } from "../../../../shared/network-messages.js";
import { element } from "../common/dom.js";
import { flavors, type Flavor } from "./view.js";

export interface Totals {
  readonly root: HTMLElement;
  show(network: NetworkRecord, flavor: Flavor): void;
}

const columns = ["Cost as by", "Score", "Bit-operations", "Weight bits", "Activation bits", "MACs"];

export function createTotals(): Totals {
  const body = element("tbody");
  const head = columns.map((text, index) => element("th", { scope: "col", class: index > 0 && "number" }, [text]));
  const root = element("table", { id: "totals", "aria-label": "Totals" }, [
    element("thead", {}, [element("tr", {}, head)]),
    body,
  ]);
  return {
    root,
    show({ costs }, shown) {
      const rows = flavors.map((flavor) => {
        const { score, bops, memWBits, memOBits, macs } = costs[flavor].total;
        const numbers = [formatScore(score, 5), ...[bops, memWBits, memOBits, macs].map(formatCount)];
        return element("tr", { "data-flavor": flavor, "aria-selected": String(flavor === shown) }, [
          element("th", { scope: "row" }, [flavor]),
          ...numbers.map((text) => element("td", { class: "number" }, [text])),
        ]);
      });
      body.replaceChildren(...rows);
    },
  };
}
