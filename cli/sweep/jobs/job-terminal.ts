/** What a training says, as the sweep's events. */
import type { TrainEvent } from "../../train/events/events.js";
import type { RunTerminal } from "../../train/run/terminal.js";
import type { SweepEvent } from "../events.js";
import type { Job } from "./job.js";

/** In place of the terminal of a training: tells epochs, how far one is, and warnings. */
export function jobTerminal(job: Job, report: (event: SweepEvent) => void): RunTerminal {
  const place = { row: job.row, stage: job.kind === "stage" ? job.index + 1 : 0 };
  let epochs = 0;
  let before = 0;
  const show = (event: TrainEvent): void => {
    switch (event.event) {
      case "epoch": {
        const { epoch, loss, accuracy } = event;
        epochs = event.epochs;
        report({ event: "epoch", ...place, epoch: before + epoch, epochs, loss, accuracy });
        return;
      }
      case "progress":
        report({
          event: "progress",
          ...place,
          epoch: before + event.epoch,
          epochs,
          share: event.batch / event.batches,
        });
        return;
      case "pruned":
        // Rounds of a stage are counted on, each with its epochs.
        before = (event.round - 1) * epochs;
        return;
      case "warning":
        report({ event: "warning", message: `row ${job.row}: ${event.message}` });
        return;
      default:
        return;
    }
  };
  return { show, progress: () => undefined, clear: () => undefined };
}
