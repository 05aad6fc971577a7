/** The cost explorer. Every number in it comes from the server; here they are only placed and written. */
import type { ExploreRecord, MessageLocation } from "../../../../shared/messages.js";
import "../common/base.css";
import type { Cursor } from "../common/cursor.js";
import { element, perFrame, setShown, setText } from "../common/dom.js";
import { connect } from "../common/host.js";
import { createControls } from "./controls.js";
import "./explorer.css";
import { createHeader } from "./header.js";
import { createIcicle } from "./icicle.js";
import { createLayerTable } from "./layer-table.js";
import { nodesAt, nodesOf, treeOf } from "./parts.js";
import { isEmpty, noWhatIf, readView, type View } from "./view.js";
import { createWhatIfPanel } from "./what-if-panel.js";

const host = connect<"explorer">((message) => {
  switch (message.kind) {
    case "record":
      record = message.record;
      setShown(empty, false);
      setShown(content, true);
      render();
      break;
    case "empty":
      setText(empty, message.message);
      setShown(empty, true);
      setShown(content, record !== undefined);
      break;
    case "cursor":
      cursor = message;
      render();
      break;
    case "problem":
      setText(status, message.message);
      break;
    case "written":
      setText(status, "Written into the file; undo works as for typing.");
      change({ whatIf: noWhatIf });
      break;
  }
});

let record: ExploreRecord | undefined;
let cursor: Cursor | undefined;
let view = readView(host.kept);

const reveal = ({ uri, range }: MessageLocation): void => {
  host.post({ kind: "reveal", uri, range });
};
const header = createHeader({
  onPick: (kind) => {
    host.post({ kind });
  },
});
const controls = createControls((changes) => {
  change(changes);
});
const icicle = createIcicle({
  onSelect: ({ id }) => {
    change({ selected: id });
  },
  onReveal: ({ location }) => {
    if (location) reveal(location);
  },
});
const layerTable = createLayerTable({
  onSort: (sort) => {
    change({ sort });
  },
  onReveal: ({ location }) => {
    if (location) reveal(location);
  },
});
const whatIfPanel = createWhatIfPanel({
  onChange: (whatIf) => {
    setText(status, "");
    change({ whatIf });
  },
  onWrite: () => {
    host.post({ kind: "write", whatIf: view.whatIf });
  },
  onReveal: reveal,
});
const status = element("p", { id: "status", role: "status", class: "muted" });
const empty = element("p", { id: "empty", role: "status" }, ["The model is being costed."]);
const content = element("div", { id: "content", hidden: true }, [
  element("div", { class: "main" }, [controls.root, icicle.root]),
  element("aside", {}, [whatIfPanel.root, status]),
  element("div", { class: "layers" }, [layerTable.root]),
]);
host.root.append(header.root, empty, content);
setShown(header.root, false);

/** The what-if that the server was asked last. */
let asked = noWhatIf;

function change(changes: Partial<View>): void {
  view = { ...view, ...changes };
  host.keep(view);
  if (view.whatIf !== asked) {
    asked = view.whatIf;
    host.post({ kind: "whatIf", whatIf: isEmpty(asked) ? undefined : asked });
  }
  render();
}

const render = perFrame(() => {
  if (!record) return;
  const tree = treeOf(record, view.grouping);
  const highlighted = cursor ? nodesAt(tree, cursor) : [];
  const selected = nodesOf(tree).find(({ id }) => id === view.selected) ?? tree;
  setShown(header.root, true);
  header.show(record, view);
  controls.show(record, view);
  icicle.root.setAttribute("aria-label", `Cost of ${record.summary.name}`);
  icicle.show(tree, view.metric, selected.id, new Set(highlighted.map(({ id }) => id)));
  layerTable.show(record, view, new Set(highlighted.flatMap(({ layers }) => layers)));
  whatIfPanel.show(record, selected, view.whatIf);
  host.root.dataset.rendered = String(Number(host.root.dataset.rendered ?? 0) + 1);
});

host.post({ kind: "ready" });
change({});
