/** The icicle: the model on top, below each part what it is made of, each as wide as its share of the cost. */
import { formatShare } from "../../../../shared/format.js";
import type { CostNode } from "../../../../shared/messages.js";
import { element, setAttributes, setText } from "../common/dom.js";
import { differenceClass, formatMetric, formatMetricDifference, type Metric } from "./metrics.js";
import { neighbour, tilesOf, type Tile } from "./parts.js";

export interface IcicleOptions {
  /** A part was chosen, by click or by key. */
  readonly onSelect: (node: CostNode) => void;
  /** Its source is wanted. */
  readonly onReveal: (node: CostNode) => void;
}

export interface Icicle {
  readonly root: HTMLElement;
  show(tree: CostNode, metric: Metric, selected: string, highlighted: ReadonlySet<string>): void;
}

const rowHeight = 26;
const hues = 4;

/** Tiles are ordinary elements: keyboards and screen readers find them, and themes colour them. */
export function createIcicle({ onSelect, onReveal }: IcicleOptions): Icicle {
  const root = element("div", { id: "icicle", role: "tree", class: "icicle" });
  const pool: HTMLElement[] = [];
  let tiles: readonly Tile[] = [];
  const tileOf = (target: EventTarget | null): Tile | undefined =>
    target instanceof Element ? tiles[pool.indexOf(target.closest<HTMLElement>(".tile") ?? root)] : undefined;

  root.addEventListener("click", ({ target }) => {
    const tile = tileOf(target);
    if (!tile) return;
    onSelect(tile.node);
    onReveal(tile.node);
  });
  root.addEventListener("keydown", (event) => {
    const tile = tileOf(event.target);
    if (!tile) return;
    if (event.key === "Enter" || event.key === " ") onReveal(tile.node);
    const next = neighbour(tiles, tile, event.key);
    if (next) {
      onSelect(next.node);
      pool[tiles.indexOf(next)]?.focus();
    }
    if (next || event.key === "Enter" || event.key === " ") event.preventDefault();
  });

  return {
    root,
    show(tree, metric, selected, highlighted) {
      tiles = tilesOf(tree, metric);
      const focused = tiles.find(({ node }) => node.id === selected) ?? tiles[0];
      tiles.forEach((tile, index) => {
        const view = (pool[index] ??= createTile());
        if (!view.isConnected) root.append(view);
        fillTile(view, tile, metric, tile === focused, highlighted.has(tile.node.id));
      });
      for (const spare of pool.splice(tiles.length)) spare.remove();
      const depth = tiles.reduce((deepest, tile) => Math.max(deepest, tile.depth), 0);
      root.style.height = `${(depth + 1) * rowHeight}px`;
    },
  };
}

function createTile(): HTMLElement {
  return element("div", { class: "tile", role: "treeitem" }, [
    element("span", { class: "name" }),
    element("span", { class: "amount" }),
    element("span", { class: "density", "aria-hidden": "true" }),
  ]);
}

function fillTile(view: HTMLElement, tile: Tile, metric: Metric, isSelected: boolean, isHighlighted: boolean): void {
  const { node, depth, start, size } = tile;
  const { label, cost, whatIf, share, density } = node;
  const change = whatIf?.difference[metric] ?? 0;
  const amount = formatMetric(metric, whatIf?.value[metric] ?? cost[metric]);
  const difference = change === 0 ? "" : formatMetricDifference(metric, change);
  const facts = [
    label,
    amount,
    formatShare(share[metric]),
    ...(density === undefined ? [] : [`density ${formatShare(density)}`]),
    ...(difference === "" ? [] : [difference]),
  ].join(", ");
  setAttributes(view, {
    "aria-label": facts,
    "aria-level": depth + 1,
    "aria-selected": String(isSelected),
    "aria-expanded": node.children.length > 0 ? "true" : undefined,
    "data-kind": node.kind,
    "data-layer": node.kind === "layer" ? label : undefined,
    "data-part": node.id,
    "data-hue": hueOf(label),
    "data-highlighted": isHighlighted,
    tabindex: isSelected ? 0 : -1,
    title: facts,
  });
  view.style.left = `${start * 100}%`;
  view.style.width = `${size * 100}%`;
  view.style.top = `${depth * rowHeight}px`;
  const [name, text, bar] = view.children;
  if (name) setText(name, node.kind === "layer" ? label.slice(label.lastIndexOf(".") + 1) : label);
  if (text) {
    setText(text, difference === "" ? amount : difference);
    setAttributes(text, { class: `amount ${difference === "" ? "muted" : differenceClass(change)}` });
  }
  if (bar instanceof HTMLElement) {
    bar.hidden = density === undefined;
    bar.style.width = `${(density ?? 0) * 100}%`;
  }
}

/** The same call has the same colour everywhere; executions of it (`conv_1`, `blocks[1]`) too. */
function hueOf(label: string): number {
  let hash = 7;
  for (const character of label.replace(/(?:_\d+|\[\d+\])$/, ""))
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return hash % hues;
}
