/** The graph of a model: float and quantised, with each node's cost as its colour. A node leads to its source. */
import "../common/base.css";
import { element, setShown, setText } from "../common/dom.js";
import { createGraphView, readGraphLook } from "../common/graph-view.js";
import { connect } from "../common/host.js";
import "./graph.css";

const host = connect<"graph">((message) => {
  if (message.kind === "drawing") {
    const { title: name, summary: costs, fresh } = message.drawing;
    setText(title, name);
    setText(summary, costs);
    setShown(stale, !fresh);
    view.show(message.drawing);
  } else if (message.kind === "cursor") view.highlight(message);
  else {
    setText(summary, "");
    setShown(stale, false);
    view.fail(message.message);
  }
});

let look = readGraphLook(host.kept);

const title = element("h1", { id: "graph-title" });
const summary = element("p", { id: "graph-summary", class: "muted" });
const stale = element("p", { id: "stale", class: "notice", role: "status", hidden: true }, [
  "The file does not run as it is written now: this is the graph of the last text that ran.",
]);
const view = createGraphView({
  onLook(next) {
    const other = next.form !== look.form;
    look = next;
    host.keep(look);
    if (other) host.post({ kind: "draw", form: look.form });
  },
  opens: ({ id }, { places }) => id in places,
  onOpen({ id }, { places }) {
    const place = places[id];
    if (place) host.post({ kind: "reveal", ...place });
  },
});

host.root.append(element("header", {}, [title, summary, stale]), view.root);
view.look(look);
host.post({ kind: "ready" });
host.post({ kind: "draw", form: look.form });
