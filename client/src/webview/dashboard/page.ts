/** The training dashboard: what the followed runs' files say, drawn. */
import type { RunEntry } from "../../panels/dashboard-messages.js";
import "../common/base.css";
import { createChart } from "../common/chart.js";
import { element, perFrame } from "../common/dom.js";
import { connect } from "../common/host.js";
import { accuracyChart, learningRateChart, lossChart, type DrawnRun } from "./curves.js";
import "./dashboard.css";
import { confusionChart, snrChart } from "./evaluations.js";
import { paretoChart, stagesChart } from "./measures.js";
import { applyUpdate, newRunData, type Part, type RunData } from "./run-data.js";
import { createRunList } from "./run-list.js";
import { createTables } from "./tables.js";

const host = connect<"dashboard">((message) => {
  switch (message.kind) {
    case "runs":
      runs = message.runs;
      if (chosen.length === 0 && runs[0]) choose([runs[0].run]);
      draw("runs");
      break;
    case "select":
      choose([...chosen.filter((run) => run !== message.run), message.run]);
      break;
    case "update": {
      const known = data.get(message.run);
      if (known) draw("runs", ...applyUpdate(known, message.update));
      break;
    }
    case "evaluation": {
      const known = data.get(message.run);
      if (known) known.evaluation = message.evaluation;
      draw("evaluation");
      break;
    }
  }
});

let runs: readonly RunEntry[] = [];
let chosen: readonly string[] = Array.isArray(host.kept)
  ? host.kept.filter((run): run is string => typeof run === "string")
  : [];
const data = new Map<string, RunData>();

const runList = createRunList((next) => {
  choose(next);
});
const chart = (id: string, title: string, nothing: string) => createChart({ id, title, nothing });
const loss = chart("loss", "Loss: mean of each epoch; thin: batches", "The first batches have not been trained yet.");
const accuracy = chart(
  "accuracy",
  "Accuracy: test; dashed: validation; dotted: training",
  "The first epoch is not over yet.",
);
const learningRate = chart("learning-rate", "Learning rate", "The first epoch is not over yet.");
const stages = chart("score", "Score and density over the stages", "No stage is over yet.");
const pareto = chart("pareto", "Accuracy against score", "No stage is over yet.");
const snr = chart(
  "snr",
  "Accuracy by signal-to-noise ratio",
  "Nothing was evaluated yet, or the data has no signal-to-noise ratios.",
);
const confusion = chart("confusion", "Confusion matrix of the run chosen last", "Nothing was evaluated yet.");
const tables = createTables();
const warnings = element("div", { id: "warnings", role: "status" });

host.root.append(
  element("h1", {}, ["Training"]),
  runList.root,
  warnings,
  element(
    "div",
    { class: "charts" },
    [loss, accuracy, stages, pareto, snr, confusion, learningRate].map(({ root }) => root),
  ),
  tables.root,
);

function choose(next: readonly string[]): void {
  chosen = next;
  for (const run of data.keys()) if (!chosen.includes(run)) data.delete(run);
  for (const run of chosen) if (!data.has(run)) data.set(run, newRunData(run));
  host.keep(chosen);
  host.post({ kind: "follow", runs: chosen });
  draw("runs", "steps", "epochs", "measures", "evaluation");
}

const waiting = new Set<Part>();

function draw(...parts: Part[]): void {
  for (const part of parts) waiting.add(part);
  render();
}

const render = perFrame(() => {
  const drawn = chosen.flatMap((run, index): DrawnRun[] => {
    const known = data.get(run);
    const { label } = entryOf(run);
    return known ? [{ data: known, label, index }] : [];
  });
  const parts = new Set(waiting);
  waiting.clear();
  if (parts.has("runs")) showRuns();
  if (parts.has("steps") || parts.has("epochs")) loss.show(lossChart(drawn));
  if (parts.has("epochs")) {
    accuracy.show(accuracyChart(drawn));
    learningRate.show(learningRateChart(drawn));
  }
  if (parts.has("measures")) {
    stages.show(stagesChart(drawn));
    pareto.show(paretoChart(drawn));
  }
  if (parts.has("epochs") || parts.has("measures")) tables.show(drawn);
  if (parts.has("evaluation")) {
    snr.show(snrChart(drawn));
    const last = drawn.findLast((run) => run.data.evaluation !== null);
    confusion.show(last && confusionChart(last));
  }
});

/** Runs outside of the workspace and those of sweeps are not in the list: their folders name them. */
function entryOf(run: string): RunEntry {
  const named = { run, label: decodeURIComponent(run.split("/").slice(-3).join("/")), model: "" };
  return runs.find((entry) => entry.run === run) ?? named;
}

function showRuns(): void {
  const others = chosen.filter((run) => !runs.some((entry) => entry.run === run)).map(entryOf);
  runList.show([...runs, ...others], chosen, data);
  const texts = [...data.values()].flatMap(({ info }) => [
    ...info.warnings,
    ...(info.unreadable > 0 ? [`${info.unreadable} lines of the event file could not be read.`] : []),
  ]);
  warnings.replaceChildren(...texts.map((text) => element("p", { class: "notice" }, [text])));
}

/** A run that was killed says nothing: how long ago its last word was changes by itself. */
setInterval(() => {
  draw("runs");
}, 10_000);

host.post({ kind: "ready" });
choose(chosen);
