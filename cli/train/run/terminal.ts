/** What the person at the terminal sees of a run: a line per event, and on a terminal a bar that moves. */
import { formatCount, formatShare } from "../../../shared/format.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import type { Colors } from "../../output/colors.js";
import { formatPreciseScore } from "../../output/scores.js";
import type { Accuracy, Place, TrainEvent } from "../events/events.js";

export interface TerminalOutput {
  /** Writes text as it is. */
  readonly write: (text: string) => void;
  readonly colors: Colors;
  /** Columns of a terminal; absent: the output is no terminal and has no bar. */
  readonly width?: number;
  /** The cost tool whose scores are shown. Default: finn-base. */
  readonly flavor?: CostFlavor;
}

export interface RunTerminal {
  /** Shows what happened. */
  readonly show: (event: TrainEvent) => void;
  /** Moves the bar: of a training or an evaluation, `done` of `total` batches. */
  readonly progress: (bar: Bar) => void;
  /** Takes the bar away. */
  readonly clear: () => void;
}

/** What the bar shows. */
export interface Bar {
  /** `train 1, epoch 3/20`. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Loss, rate, time left. */
  readonly details: readonly string[];
}

const barWidth = 24;

export function createTerminal({ write, colors, width, flavor = "finn-base" }: TerminalOutput): RunTerminal {
  let shown = false;
  const clear = (): void => {
    if (shown) write("\r\u001b[K");
    shown = false;
  };
  return {
    clear,
    show(event) {
      const line = lineOf(event, colors, flavor);
      if (line === undefined) return;
      clear();
      write(`${line}\n`);
    },
    progress(bar) {
      if (width === undefined) return;
      write(`\r\u001b[K${barLine(bar, width)}`);
      shown = true;
    },
  };
}

function barLine({ label, done, total, details }: Bar, width: number): string {
  const filled = total === 0 ? 0 : Math.round((barWidth * done) / total);
  const bar = "━".repeat(filled) + "─".repeat(barWidth - filled);
  return [label, bar, `${done}/${total}`, ...details].join("  ").slice(0, width - 1);
}

/** Hours, minutes and seconds: `1:02:03`, `12:05`, `0:17`; less than ten seconds: `7.3 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `57.62 %`, as the challenge publishes accuracies. */
export function formatAccuracy(accuracy: number): string {
  return `${(100 * accuracy).toFixed(2)} %`;
}

/** `validation 57.10 %, test 57.62 %`. */
export function accuracyText({ test, validation }: Accuracy): string {
  return [
    ...(validation === undefined ? [] : [`validation ${formatAccuracy(validation)}`]),
    ...(test === undefined ? [] : [`test ${formatAccuracy(test)}`]),
  ].join(", ");
}

function lineOf(event: TrainEvent, colors: Colors, flavor: CostFlavor): string | undefined {
  switch (event.event) {
    case "run": {
      const { model, data, backend, threads } = event;
      const held = data.validation === 0 ? "" : `${formatCount(data.validation)} to validate, `;
      const frames = `${formatCount(data.train)} samples to train, ${held}${formatCount(data.test)} to test`;
      const how = threads === null ? backend : `${backend}, ${threads} ${threads === 1 ? "thread" : "threads"}`;
      return `${colors.bold(model.name)}: ${data.name} (${frames}), ${how}`;
    }
    case "resume":
      return colors.dim(`goes on in stage ${event.stage}, epoch ${event.epoch}, after batch ${event.batch}`);
    case "attempt":
      return colors.bold(`attempt ${event.attempt}, seed ${event.seed}`);
    case "calibrated":
      return `calibrated ${Object.keys(event.thresholds).length} quantisers (${event.method})`;
    case "stage":
      return colors.bold(`stage ${event.stage}: ${event.name}`);
    case "pruned":
      return `${placeText(event)}pruned: ${zeros(event.density)}, ${accuracyText(event.accuracy)}`;
    case "undone":
      return colors.yellow(
        `${placeText(event)}undone: ${formatAccuracy(event.accuracy)} is below ${formatAccuracy(event.goal)}`,
      );
    case "epoch":
      return epochLine(event, colors);
    case "measured":
      return measuredLine(event, colors, flavor);
    case "warning":
      return colors.yellow(event.message);
    case "progress":
    case "end":
      return undefined;
  }
}

function epochLine(event: Extract<TrainEvent, { event: "epoch" }>, colors: Colors): string {
  const text = [
    `${placeText(event)}epoch ${event.epoch}/${event.epochs}`,
    `loss ${event.loss.toFixed(4)}`,
    `train ${formatAccuracy(event.trainAccuracy)}`,
    accuracyText(event.accuracy),
    `lr ${Number(event.lr.toPrecision(3))}`,
    `${formatCount(Math.round(event.samplesPerSecond))} samples/s`,
    formatDuration(event.seconds),
  ].join("  ");
  return event.best ? `${text}  ${colors.green("best")}` : text;
}

function measuredLine(event: Extract<TrainEvent, { event: "measured" }>, colors: Colors, flavor: CostFlavor): string {
  const { score } = event.cost[flavor];
  const best = event.bestEpoch === 0 ? "" : ` (best: ${accuracyText(event.bestAccuracy)} in epoch ${event.bestEpoch})`;
  const parts = `${accuracyText(event.accuracy)}${best}, ${zeros(event.density)}, score ${formatPreciseScore(score)}`;
  return colors.bold(`${event.name}: `) + parts;
}

function zeros(density: number): string {
  return `${formatShare(1 - density)} of the weights are zero`;
}

function placeText({ round }: Place): string {
  return round > 1 ? `round ${round}, ` : "";
}
