/** A sweep's panel in the extension host: follows the journal of a sweep's folder. */
import path from "node:path";
import * as vscode from "vscode";
import { growingFile, readDocument } from "../dashboard/file.js";
import { listAt, numberAt, recordAt, type JsonRecord } from "../dashboard/json.js";
import { LineReader } from "../dashboard/line-reader.js";
import { watchFolder } from "../dashboard/watch.js";
import type { PageChannel } from "../panels/page.js";
import { registerPanels, type Panels } from "../panels/panel.js";
import { SweepLog } from "./sweep-log.js";

/** Panels by the URI of the sweep's folder. `openRun` shows a row's training. */
export function registerSweepPanels(extensionUri: vscode.Uri, openRun: (folder: string) => void): Panels {
  return registerPanels(extensionUri, {
    page: "sweep",
    viewType: "quantlens.sweep",
    title: (folder) => `Sweep ${decodeURIComponent(path.posix.basename(folder))}`,
    attach: (channel, folder) => followSweep(vscode.Uri.parse(folder, true), channel, openRun),
  });
}

function followSweep(
  folder: vscode.Uri,
  channel: PageChannel<"sweep">,
  openRun: (folder: string) => void,
): vscode.Disposable {
  const inFolder = (...names: string[]): string => path.join(folder.fsPath, ...names);
  const reader = new LineReader(growingFile(inFolder("events.jsonl")));
  const log = new SweepLog();

  const update = async (): Promise<void> => {
    for (let more = true; more;) {
      const next = await reader.next();
      log.add(next.lines, next.reset);
      more = next.more;
    }
    const results = listAt(asRecord(await readDocument(inFolder("results.json"))), "rows");
    const pareto = new Set(results.flatMap((row) => (row.pareto === true ? (numberAt(row, "row") ?? []) : [])));
    const record = log.record(pareto);
    const scoreBudget = numberAt(
      recordAt(recordAt(asRecord(await readDocument(inFolder("sweep.json"))), "sweep"), "budget"),
      "score",
    );
    const done = record.rows.find(({ state }) => state === "done");
    const evaluation = done && asRecord(await readDocument(inFolder(rowFolder(done.row), "evaluation.json")));
    const goal = evaluation && numberAt(recordAt(evaluation, "goal"), "goal");
    const limits = { ...(goal !== undefined && { goal }), ...(scoreBudget !== undefined && { scoreBudget }) };
    channel.post({ kind: "sweep", sweep: { ...record, ...limits } });
  };
  const watch = watchFolder(folder, "{events.jsonl,results.json}", update);
  return vscode.Disposable.from(
    watch,
    channel.on((message) => {
      if (message.kind === "open") openRun(vscode.Uri.joinPath(folder, rowFolder(message.row)).toString());
      else watch.look();
    }),
  );
}

/** As the sweep names it: at least four digits. */
function rowFolder(row: number): string {
  return `rows/${String(row).padStart(4, "0")}`;
}

function asRecord(document: { readonly value: unknown } | undefined): JsonRecord {
  return recordAt({ document: document?.value }, "document");
}
