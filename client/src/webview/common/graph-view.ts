/** A network as a drawing that can be zoomed, and walked through by keyboard. */
import type { DrawingRecord } from "../../../../shared/network-messages.js";
import { closestTo, type Cursor } from "./cursor.js";
import { element, perFrame, setAttributes, setShown, setText } from "./dom.js";
import "./graph-view.css";

/** How the drawing is looked at; plain data that is kept over reloads. */
export interface GraphLook {
  readonly form: DrawingRecord["form"];
  /**
   * Pixels per unit of the drawing; `fit`: as large as the width allows, at most its own size; `readable`: the same, but
   * never so small that its texts cannot be read.
   */
  readonly zoom: number | "fit" | "readable";
  readonly left: number;
  readonly top: number;
}

export interface GraphView {
  readonly root: HTMLElement;
  show(drawing: DrawingRecord): void;
  /** There is no drawing: one sentence. */
  fail(message: string): void;
  /** Sets the view up again; the drawing is asked for where it is another one. */
  look(look: GraphLook): void;
  /** Brings the node with this name into view and gives it the keyboard. */
  focusNode(name: string): void;
  /** Marks what the cursor of the editor stands in, and brings it into view where none of it is. */
  highlight(cursor: Cursor): void;
}

export interface GraphViewOptions {
  readonly onLook: (look: GraphLook) => void;
  /** A node was clicked, or entered by key. */
  readonly onOpen: (node: GraphNodeView, drawing: DrawingRecord) => void;
  /** Whether that leads anywhere. */
  readonly opens: (node: GraphNodeView, drawing: DrawingRecord) => boolean;
}

export interface GraphNodeView {
  /** As in `DrawingRecord.places`. */
  readonly id: string;
  /** The graph node's name; absent for inputs and outputs of the network. */
  readonly name: string | undefined;
}

const zooms = { least: 0.1, readable: 0.75, most: 4, step: 1.25 };

const initialLook: GraphLook = { form: "quantised", zoom: "readable", left: 0, top: 0 };

/** What was kept, as far as it is understood. */
export function readGraphLook(kept: unknown): GraphLook {
  const { form, zoom, left, top } = (typeof kept === "object" && kept !== null ? kept : {}) as Record<string, unknown>;
  const numberOr = (value: unknown, fallback: number): number => (Number.isFinite(value) ? Number(value) : fallback);
  return {
    form: form === "float" ? "float" : initialLook.form,
    zoom: zoom === "fit" ? zoom : Number.isFinite(zoom) ? inRange(Number(zoom)) : initialLook.zoom,
    left: numberOr(left, 0),
    top: numberOr(top, 0),
  };
}

export function createGraphView(options: GraphViewOptions): GraphView {
  return new DrawnGraph(options);
}

class DrawnGraph implements GraphView {
  readonly root: HTMLElement;
  private readonly form = element("select", { id: "graph-form" }, [
    element("option", { value: "quantised" }, ["as it is, with quantisers"]),
    element("option", { value: "float" }, ["float, without quantisers"]),
  ]);
  private readonly zoomText = element("span", { id: "graph-zoom", role: "status" });
  private readonly message = element("p", { id: "graph-message", class: "notice", role: "status", hidden: true });
  private readonly scroller = element("div", { id: "graph-scroller", class: "scroll", role: "group", tabindex: -1 });
  private current: GraphLook = initialLook;
  private drawing: DrawingRecord | undefined;
  private svg: SVGSVGElement | undefined;
  private size = { width: 0, height: 0 };
  private nodes: readonly SVGGElement[] = [];
  /** What is to be brought into view once there is a drawing. */
  private awaited: string | undefined;
  private cursor: Cursor | undefined;

  constructor(private readonly options: GraphViewOptions) {
    this.root = element("div", { class: "graph-view" }, [this.toolbar(), this.message, this.scroller]);
    this.scroller.addEventListener("click", ({ target }) => {
      const node = this.nodeAt(target);
      if (node) this.open(node);
    });
    this.scroller.addEventListener("keydown", (event) => {
      this.key(event);
    });
    this.scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoomBy(event.deltaY < 0 ? zooms.step : 1 / zooms.step);
    });
    this.scroller.addEventListener(
      "scroll",
      perFrame(() => {
        this.keepPlace();
      }),
    );
    let before = 0;
    new ResizeObserver(() => {
      const { clientWidth } = this.scroller;
      if (typeof this.current.zoom !== "number") this.scale();
      // It was hidden: the place it is scrolled to is lost by that.
      if (before === 0 && clientWidth > 0) this.scroller.scrollTo(this.current.left, this.current.top);
      before = clientWidth;
    }).observe(this.scroller);
  }

  show(drawing: DrawingRecord): void {
    if (drawing.form !== this.current.form) return;
    const parsed = new DOMParser().parseFromString(drawing.svg, "image/svg+xml").documentElement;
    if (!(parsed instanceof SVGSVGElement)) {
      this.fail("The drawing cannot be shown: this is an error of QuantLens, please report it.");
      return;
    }
    const focused = this.nodes.find((node) => node === document.activeElement)?.dataset.node;
    const svg = document.importNode(parsed, true);
    setShown(this.message, false);
    this.drawing = drawing;
    this.svg = svg;
    this.size = { width: svg.width.baseVal.value, height: svg.height.baseVal.value };
    this.nodes = [...svg.querySelectorAll<SVGGElement>('g[role="graphics-symbol"]')];
    this.nodes.forEach((node, index) => {
      const opens = this.options.opens(viewOf(node), drawing);
      setAttributes(node, { tabindex: index === 0 ? 0 : -1, "data-opens": opens });
    });
    this.scroller.replaceChildren(svg);
    setAttributes(this.scroller, { "aria-label": `Graph of ${drawing.title}` });
    this.scale();
    this.scroller.scrollTo(this.current.left, this.current.top);
    this.markHighlighted();
    const wanted = this.awaited ?? focused;
    this.awaited = undefined;
    if (wanted !== undefined) this.focusNode(wanted);
  }

  fail(message: string): void {
    this.drawing = undefined;
    this.svg = undefined;
    this.nodes = [];
    this.scroller.replaceChildren();
    setText(this.message, message);
    setShown(this.message, true);
  }

  look(look: GraphLook): void {
    this.current = look;
    this.form.value = look.form;
    this.scale();
  }

  focusNode(name: string): void {
    if (!this.svg) this.awaited = name;
    const node = this.nodes.find(({ dataset }) => dataset.node === name);
    if (node) this.focus(node);
  }

  highlight(cursor: Cursor): void {
    this.cursor = cursor;
    const marked = this.markHighlighted();
    if (marked.length === 0 || marked.some((node) => this.isInView(node))) return;
    // As much of them as there is room for, but their beginning in any case.
    for (const node of [marked.at(-1), marked[0]]) node?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.keepPlace();
  }

  /** Marks the nodes that the cursor's place makes; gives them. */
  private markHighlighted(): readonly SVGGElement[] {
    const parts = this.cursor ? closestTo(this.drawing?.parts ?? [], this.cursor) : [];
    const ids = new Set(parts.flatMap(({ nodes }) => nodes));
    for (const node of this.nodes) setAttributes(node, { "data-highlighted": ids.has(node.id) });
    return this.nodes.filter(({ id }) => ids.has(id));
  }

  /** All of it. */
  private isInView(node: SVGGElement): boolean {
    const [own, all] = [node.getBoundingClientRect(), this.scroller.getBoundingClientRect()];
    return own.top >= all.top && own.bottom <= all.bottom && own.left >= all.left && own.right <= all.right;
  }

  private toolbar(): HTMLElement {
    const button = (id: string, label: string, text: string, press: () => void): HTMLElement => {
      const made = element("button", { id, type: "button", "aria-label": label, title: label }, [text]);
      made.addEventListener("click", press);
      return made;
    };
    this.form.addEventListener("change", () => {
      // Another graph has other places.
      this.change({ form: this.form.value === "float" ? "float" : "quantised", left: 0, top: 0 });
    });
    return element("div", { class: "toolbar", role: "toolbar", "aria-label": "Graph" }, [
      element("label", {}, ["Network ", this.form]),
      element("span", { class: "zoom" }, [
        button("zoom-out", "Zoom out", "−", () => {
          this.zoomBy(1 / zooms.step);
        }),
        this.zoomText,
        button("zoom-in", "Zoom in", "+", () => {
          this.zoomBy(zooms.step);
        }),
      ]),
      button("zoom-fit", "Fit the width", "Fit", () => {
        this.change({ zoom: "fit" });
      }),
    ]);
  }

  private key(event: KeyboardEvent): void {
    const node = this.nodeAt(event.target);
    const zoom = { "+": zooms.step, "=": zooms.step, "-": 1 / zooms.step }[event.key];
    if (zoom !== undefined) this.zoomBy(zoom);
    else if (event.key === "0") this.change({ zoom: "fit" });
    else if (node && (event.key === "Enter" || event.key === " ")) this.open(node);
    else if (!node || !this.step(node, event.key)) return;
    event.preventDefault();
  }

  /** Nodes are in topological order, and arrow keys go along it. */
  private step(node: SVGGElement, key: string): boolean {
    const at = this.nodes.indexOf(node);
    const last = this.nodes.length - 1;
    const next = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: last }[key];
    const target = next === undefined ? undefined : this.nodes[Math.min(Math.max(next, 0), last)];
    if (target) this.focus(target);
    return target !== undefined;
  }

  private focus(node: SVGGElement): void {
    for (const other of this.nodes) other.setAttribute("tabindex", other === node ? "0" : "-1");
    node.focus();
    node.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.keepPlace();
  }

  private open(node: SVGGElement): void {
    this.focus(node);
    const view = viewOf(node);
    if (this.drawing && this.options.opens(view, this.drawing)) this.options.onOpen(view, this.drawing);
  }

  private nodeAt(target: EventTarget | null): SVGGElement | undefined {
    const group = target instanceof Element ? target.closest('g[role="graphics-symbol"]') : null;
    return this.nodes.find((node) => node === group);
  }

  private zoomBy(factor: number): void {
    this.change({ zoom: inRange(this.factor() * factor) });
  }

  private change(changes: Partial<GraphLook>): void {
    this.current = { ...this.current, ...changes };
    this.scale();
    this.options.onLook(this.current);
  }

  /** Scrolls of a drawing that is hidden or not there yet are not the user's. */
  private keepPlace(): void {
    const { scrollLeft: left, scrollTop: top } = this.scroller;
    if (!this.svg || this.scroller.offsetParent === null) return;
    if (left === this.current.left && top === this.current.top) return;
    this.current = { ...this.current, left, top };
    this.options.onLook(this.current);
  }

  private scale(): void {
    const factor = this.factor();
    setText(this.zoomText, `${Math.round(factor * 100)} %`);
    if (!this.svg) return;
    setAttributes(this.svg, { width: this.size.width * factor, height: this.size.height * factor });
  }

  /** Pixels per unit. */
  private factor(): number {
    const { zoom } = this.current;
    if (typeof zoom === "number") return zoom;
    const room = this.scroller.clientWidth;
    const fit = room === 0 || this.size.width === 0 ? 1 : inRange(Math.min(1, room / this.size.width));
    return zoom === "fit" ? fit : Math.max(zooms.readable, fit);
  }
}

function viewOf({ id, dataset }: SVGGElement): GraphNodeView {
  return { id, name: dataset.node };
}

function inRange(zoom: number): number {
  return Math.min(zooms.most, Math.max(zooms.least, zoom));
}
