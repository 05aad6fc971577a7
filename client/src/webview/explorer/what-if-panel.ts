/** Sliders: bit widths where they stand in the source, and the density of the part that is selected. */
import { formatShare } from "../../../../shared/format.js";
import type { BitWidthRecord, CostNode, ExploreRecord, MessageLocation, WhatIf } from "../../../../shared/messages.js";
import { element, setAttributes, setShown, setText } from "../common/dom.js";
import { isEmpty, noWhatIf } from "./view.js";

export interface WhatIfPanel {
  readonly root: HTMLElement;
  show(record: ExploreRecord, selected: CostNode, whatIf: WhatIf): void;
}

export interface WhatIfOptions {
  readonly onChange: (whatIf: WhatIf) => void;
  readonly onWrite: () => void;
  readonly onReveal: (location: MessageLocation) => void;
}

interface Slider {
  readonly root: HTMLElement;
  readonly name: HTMLElement;
  readonly value: HTMLElement;
  readonly input: HTMLInputElement;
}

export function createWhatIfPanel({ onChange, onWrite, onReveal }: WhatIfOptions): WhatIfPanel {
  const widths = element("div", { id: "widths", role: "group", "aria-label": "Bit widths" });
  const noWidths = element("p", { class: "muted" }, ["No bit width is written as a number in this model."]);
  const density = createSlider("density", 0, 100);
  const noDensity = element("p", { id: "no-density", class: "muted" });
  const write = element("button", { id: "write", class: "primary", type: "button" }, ["Write into the file"]);
  const reset = element("button", { id: "reset", type: "button" }, ["Reset"]);
  const sliders = new Map<string, Slider>();
  let whatIf = noWhatIf;
  let selected: CostNode | undefined;

  write.addEventListener("click", onWrite);
  reset.addEventListener("click", () => {
    onChange(noWhatIf);
  });
  density.input.addEventListener("input", () => {
    if (!selected) return;
    const share = Number(density.input.value) / 100;
    onChange({ ...whatIf, densities: { ...whatIf.densities, [selected.id]: share } });
  });

  const sliderOf = ({ id, least, most }: BitWidthRecord): Slider => {
    const known = sliders.get(id);
    if (known) return known;
    const made = createSlider("width", least, most);
    made.root.dataset.width = id;
    made.input.addEventListener("input", () => {
      onChange({ ...whatIf, bits: { ...whatIf.bits, [id]: Number(made.input.value) } });
    });
    sliders.set(id, made);
    return made;
  };
  const showWidths = (records: readonly BitWidthRecord[]): void => {
    const shown = records.map((record) => {
      const slider = sliderOf(record);
      showWidth(slider, record, whatIf.bits[record.id], onReveal);
      return slider.root;
    });
    // Moving a slider that is being dragged would end the dragging.
    if (shown.some((root, index) => widths.children[index] !== root) || widths.childElementCount !== shown.length) {
      widths.replaceChildren(...shown);
    }
    setShown(noWidths, records.length === 0);
  };

  return {
    root: element("section", { id: "what-if", "aria-label": "What if" }, [
      element("h2", {}, ["What if"]),
      widths,
      noWidths,
      element("h3", {}, ["Density of the selected part"]),
      density.root,
      noDensity,
      element("div", { class: "toolbar" }, [write, reset]),
    ]),
    show(record, node, next) {
      whatIf = next;
      selected = node;
      showWidths(record.bitWidths);
      const reason = whyNoDensity(record, node);
      setShown(density.root, reason === undefined);
      setShown(noDensity, reason !== undefined);
      setText(noDensity, reason ?? "");
      showDensity(density, node, next);
      const nothing = isEmpty(next);
      write.disabled = nothing;
      reset.disabled = nothing;
    },
  };
}

function createSlider(kind: string, least: number, most: number): Slider {
  const name = element("span", { class: "slider-name" });
  const value = element("span", { class: "slider-value" });
  const input = element("input", { type: "range", min: least, max: most, step: 1 });
  return { root: element("label", { class: `slider ${kind}` }, [name, value, input]), name, value, input };
}

function showWidth(
  { root, name, value, input }: Slider,
  { id, label, bits, least, most, layers, location }: BitWidthRecord,
  wanted: number | undefined,
  onReveal: (location: MessageLocation) => void,
): void {
  const shown = wanted ?? bits;
  const changed = shown !== bits;
  setAttributes(input, { min: least, max: most, "aria-label": `Bits of ${label}`, "aria-valuetext": `${shown} bits` });
  if (Number(input.value) !== shown) input.value = String(shown);
  setText(value, changed ? `${bits} → ${shown} bits` : `${bits} bits`);
  root.classList.toggle("changed", changed);
  root.dataset.bits = String(shown);
  root.title = `${id}: ${layers.length === 1 ? "1 layer" : `${layers.length} layers`}`;
  if (!location) {
    setText(name, label);
    return;
  }
  const link = name.querySelector("button") ?? createLink(name);
  setText(link, `${label}, line ${location.range.start.line + 1}`);
  link.onclick = (event) => {
    event.preventDefault();
    onReveal(location);
  };
}

function createLink(name: HTMLElement): HTMLButtonElement {
  const link = element("button", { class: "link", type: "button" });
  name.replaceChildren(link);
  return link;
}

function showDensity({ root, name, value, input }: Slider, node: CostNode, { densities }: WhatIf): void {
  const wanted = densities[node.id];
  const shown = wanted ?? node.density ?? 1;
  setText(name, node.label);
  setText(value, formatShare(shown));
  setAttributes(input, { "aria-label": `Density of ${node.label}`, "aria-valuetext": formatShare(shown) });
  const percent = String(Math.round(shown * 100));
  if (input.value !== percent) input.value = percent;
  root.classList.toggle("changed", wanted !== undefined);
  root.dataset.part = node.id;
}

function whyNoDensity({ basis }: ExploreRecord, node: CostNode): string | undefined {
  if (!basis.discountSparsity) {
    return "Zeros are not discounted: switch the setting quantlens.discountSparsity on to vary densities.";
  }
  return node.density === undefined ? `${node.label} has no weights.` : undefined;
}
