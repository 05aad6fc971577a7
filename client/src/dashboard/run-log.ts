/**
 * What a run's events say so far, ready for charts. Pure: lines in, updates out (docs/training.md describes the events).
 *
 * Positions count epochs over the whole run, stages, rounds and attempts one after the other. A resumed run repeats what
 * was not saved: what lies behind the place where it goes on is dropped.
 */
import type { EpochPoint, Measure, RunInfo, RunningPlace, RunUpdate } from "../panels/dashboard-messages.js";
import { listAt, numberAt, parseRecord, recordAt, textAt, type JsonRecord } from "./json.js";

type Place = Pick<EpochPoint, "attempt" | "stage" | "round">;

const maxWarnings = 20;

export class RunLog {
  private steps: number[] = [];
  private epochs: EpochPoint[] = [];
  private measures: Measure[] = [];
  private info: RunInfo = { stages: [], warnings: [], unreadable: 0 };
  /** Where the epochs of a place begin. */
  private readonly starts = new Map<string, number>();
  private end = 0;
  private batches = 0;
  private sent = { steps: 0, epochs: 0, measures: false, reset: true };

  /** Takes the next lines of the file. `reset`: they are its first ones. */
  add(lines: readonly string[], reset: boolean): void {
    if (reset) this.clear();
    for (const line of lines) {
      const event = parseRecord(line);
      if (event) this.apply(event);
      else if (line.trim() !== "") this.info = { ...this.info, unreadable: this.info.unreadable + 1 };
    }
  }

  /** What is new since this was called last. */
  take(): RunUpdate {
    const { steps, epochs, measures, info, sent } = this;
    const update: RunUpdate = {
      reset: sent.reset,
      info,
      steps: Float64Array.from(steps.slice(sent.steps)),
      epochs: epochs.slice(sent.epochs),
      ...(sent.measures && { measures: [...measures] }),
    };
    this.sent = { steps: steps.length, epochs: epochs.length, measures: false, reset: false };
    return update;
  }

  /** The next update is everything: the page has forgotten what it had. */
  resend(): void {
    this.sent = { steps: 0, epochs: 0, measures: true, reset: true };
  }

  private clear(): void {
    this.steps = [];
    this.epochs = [];
    this.measures = [];
    this.info = { stages: [], warnings: [], unreadable: 0 };
    this.starts.clear();
    this.end = 0;
    this.resend();
  }

  private apply(event: JsonRecord): void {
    const time = Date.parse(textAt(event, "time") ?? "");
    if (Number.isFinite(time)) this.info = { ...this.info, lastEvent: time };
    switch (event.event) {
      case "run":
        this.begin(event);
        break;
      case "resume":
        this.goOn(event);
        break;
      case "progress":
        this.progress(event);
        break;
      case "epoch":
        this.epoch(event);
        break;
      case "pruned":
      case "measured":
        this.measure(event, event.event);
        break;
      case "warning":
        this.warn(textAt(event, "message"));
        break;
      case "end":
        this.finish(event);
        break;
    }
  }

  private begin(event: JsonRecord): void {
    const { warnings, unreadable, lastEvent } = this.info;
    const goal = numberAt(event, "goal");
    const scoreBudget = numberAt(recordAt(event, "budget"), "score");
    this.info = {
      model: textAt(recordAt(event, "model"), "name") ?? "",
      data: textAt(recordAt(event, "data"), "name") ?? "",
      backend: textAt(event, "backend") ?? "",
      stages: listAt(event, "stages").map((stage) => ({
        name: textAt(stage, "name") ?? "",
        kind: textAt(stage, "kind") ?? "",
        epochs: numberAt(stage, "epochs") ?? 0,
      })),
      ...(goal !== undefined && { goal }),
      ...(scoreBudget !== undefined && { scoreBudget }),
      ...(lastEvent !== undefined && { lastEvent }),
      warnings,
      unreadable,
    };
  }

  private goOn(event: JsonRecord): void {
    this.info = without(this.info, "ended", "now");
    const batch = numberAt(event, "batch") ?? 0;
    const epochs = this.startOf(placeOf(event)) + (numberAt(event, "epoch") ?? 1) - 1;
    const at = epochs + (this.batches > 0 ? batch / this.batches : 0);
    // A position that was computed from the same numbers is the same to the last bit.
    this.steps = this.steps.filter((_, index) => (this.steps[index - (index % 2)] ?? 0) <= at);
    this.epochs = this.epochs.filter((point) => point.at <= epochs);
    this.measures = this.measures.filter((point) => point.at <= at);
    for (const [key, start] of this.starts) if (start > at) this.starts.delete(key);
    this.end = Math.min(this.end, epochs);
    this.resend();
  }

  private progress(event: JsonRecord): void {
    const [batch, batches] = [numberAt(event, "batch") ?? 0, numberAt(event, "batches") ?? 0];
    const loss = numberAt(event, "loss");
    const epoch = numberAt(event, "epoch") ?? 1;
    const place = placeOf(event);
    this.batches = batches;
    const now: RunningPlace = {
      ...place,
      epoch,
      batch,
      batches,
      loss: loss ?? Number.NaN,
      samplesPerSecond: numberAt(event, "samplesPerSecond") ?? 0,
      secondsLeft: numberAt(event, "secondsLeft") ?? 0,
    };
    this.info = { ...this.info, now };
    if (loss !== undefined && batches > 0) this.steps.push(this.startOf(place) + epoch - 1 + batch / batches, loss);
  }

  private epoch(event: JsonRecord): void {
    const place = placeOf(event);
    const epoch = numberAt(event, "epoch") ?? 1;
    const at = this.startOf(place) + epoch;
    this.end = Math.max(this.end, at);
    this.epochs.push({
      ...place,
      at,
      epoch,
      name: textAt(event, "name") ?? "",
      loss: numberAt(event, "loss") ?? Number.NaN,
      trainAccuracy: numberAt(event, "trainAccuracy") ?? Number.NaN,
      ...accuracyOf(event),
      lr: numberAt(event, "lr") ?? Number.NaN,
      samplesPerSecond: numberAt(event, "samplesPerSecond") ?? 0,
      best: event.best === true,
    });
  }

  private measure(event: JsonRecord, kind: Measure["kind"]): void {
    const place = placeOf(event);
    const price = recordAt(recordAt(event, "cost"), "finn-base");
    const at = kind === "pruned" ? this.startOf(place) : this.end;
    const point: Measure = {
      ...place,
      kind,
      at,
      name: textAt(event, "name") ?? "",
      ...accuracyOf(event),
      score: numberAt(price, "score") ?? Number.NaN,
      bops: numberAt(price, "bops") ?? Number.NaN,
      memWBits: numberAt(price, "memWBits") ?? Number.NaN,
      density: numberAt(event, "density") ?? Number.NaN,
    };
    const isSame = (other: Measure): boolean => other.kind === kind && keyOf(other) === keyOf(point);
    this.measures = [...this.measures.filter((other) => !isSame(other)), point];
    this.sent.measures = true;
  }

  private warn(message: string | undefined): void {
    if (message === undefined) return;
    this.info = { ...this.info, warnings: [...this.info.warnings, message].slice(-maxWarnings) };
  }

  private finish(event: JsonRecord): void {
    const message = textAt(event, "message");
    const status = textAt(event, "status") ?? "done";
    this.info = { ...without(this.info, "now"), ended: { status, ...(message !== undefined && { message }) } };
  }

  private startOf(place: Place): number {
    const key = keyOf(place);
    const known = this.starts.get(key);
    if (known !== undefined) return known;
    this.starts.set(key, this.end);
    return this.end;
  }
}

function without(info: RunInfo, ...keys: readonly string[]): RunInfo {
  return Object.fromEntries(Object.entries(info).filter(([key]) => !keys.includes(key))) as unknown as RunInfo;
}

function placeOf(event: JsonRecord): Place {
  return {
    attempt: numberAt(event, "attempt") ?? 1,
    stage: numberAt(event, "stage") ?? 1,
    round: numberAt(event, "round") ?? 1,
  };
}

function keyOf({ attempt, stage, round }: Place): string {
  return `${attempt}/${stage}/${round}`;
}

function accuracyOf(event: JsonRecord): Pick<EpochPoint, "test" | "validation"> {
  const accuracy = recordAt(event, "accuracy");
  const [test, validation] = [numberAt(accuracy, "test"), numberAt(accuracy, "validation")];
  return { ...(test !== undefined && { test }), ...(validation !== undefined && { validation }) };
}
