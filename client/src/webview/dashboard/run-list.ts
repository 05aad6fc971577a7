/** The list of runs: which are shown, in which colour, and how each one is doing. */
import { formatCount } from "../../../../shared/format.js";
import type { RunEntry, RunInfo } from "../../panels/dashboard-messages.js";
import { element, setShown, setText } from "../common/dom.js";
import { currentTheme } from "../common/theme.js";
import { colorOf } from "./curves.js";
import type { RunData } from "./run-data.js";

export interface RunList {
  readonly root: HTMLElement;
  show(runs: readonly RunEntry[], chosen: readonly string[], data: ReadonlyMap<string, RunData>): void;
}

/** Longer without a word from a run that has not ended: it may have been killed. Training tells something each second. */
const silentMs = 60_000;

export function createRunList(onChoose: (chosen: readonly string[]) => void): RunList {
  const list = element("ul", { id: "runs", "aria-label": "Runs" });
  const none = element("p", { id: "no-runs", class: "notice" }, [
    "There are no runs in this workspace yet: train a model, and it appears here.",
  ]);
  const items = new Map<string, ReturnType<typeof createItem>>();
  let current: readonly string[] = [];
  const choose = (run: string, isChosen: boolean): void => {
    onChoose(isChosen ? [...current, run] : current.filter((other) => other !== run));
  };
  return {
    root: element("nav", { "aria-label": "Runs" }, [element("h2", {}, ["Runs"]), none, list]),
    show(runs, chosen, data) {
      current = chosen;
      setShown(none, runs.length === 0);
      const shown = runs.map((entry) => {
        const item = items.get(entry.run) ?? createItem(entry.run, choose);
        items.set(entry.run, item);
        fillItem(item, entry, chosen.indexOf(entry.run), data.get(entry.run)?.info);
        return item.root;
      });
      if (shown.some((root, index) => list.children[index] !== root) || list.childElementCount !== shown.length) {
        list.replaceChildren(...shown);
      }
    },
  };
}

function createItem(run: string, choose: (run: string, isChosen: boolean) => void) {
  const box = element("input", { type: "checkbox" });
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  const status = element("span", { class: "status muted" });
  box.addEventListener("change", () => {
    choose(run, box.checked);
  });
  const name = element("span", { class: "run-name" });
  return { root: element("li", {}, [element("label", {}, [box, swatch, name]), status]), box, swatch, name, status };
}

function fillItem(
  { root, box, swatch, name, status }: ReturnType<typeof createItem>,
  { label, model }: RunEntry,
  index: number,
  info: RunInfo | undefined,
): void {
  // A run that was chosen before the window was reloaded is shown before the list of runs names it.
  setText(name, label);
  name.title = model;
  box.dataset.run = label;
  box.checked = index >= 0;
  swatch.style.background = index >= 0 ? colorOf(currentTheme(), index) : "transparent";
  setText(status, index >= 0 && info ? statusOf(info, Date.now()) : "");
  root.dataset.status = info?.ended?.status ?? (info ? "running" : "");
}

/** `train 1, epoch 3 of 20, batch 12 of 40, 1,234 samples/s, 12 s left in the epoch`. */
export function statusOf({ ended, now, stages, lastEvent }: RunInfo, clock: number): string {
  if (ended) return ended.message === undefined ? ended.status : `${ended.status}: ${ended.message}`;
  const silent = lastEvent !== undefined && clock - lastEvent > silentMs;
  const since = silent
    ? `no word since ${new Date(lastEvent).toLocaleTimeString()}: it may have been killed; resume it with --resume. `
    : "";
  if (!now) return `${since}starting`;
  const stage = stages[now.stage - 1];
  const parts = [
    ...(now.attempt > 1 ? [`attempt ${now.attempt}`] : []),
    stage?.name ?? `stage ${now.stage}`,
    ...(now.round > 1 ? [`round ${now.round}`] : []),
    `epoch ${now.epoch}${stage && stage.epochs > 0 ? ` of ${stage.epochs}` : ""}`,
    `batch ${now.batch} of ${now.batches}`,
    `${formatCount(now.samplesPerSecond)} samples/s`,
    `${duration(now.secondsLeft)} left in the epoch`,
  ];
  return since + parts.join(", ");
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
