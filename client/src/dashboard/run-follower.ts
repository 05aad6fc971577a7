/** Follows one run's folder and tells a page what is new. */
import path from "node:path";
import * as vscode from "vscode";
import type { RunEvaluation } from "../panels/dashboard-messages.js";
import type { PageChannel } from "../panels/page.js";
import { growingFile, readDocument } from "./file.js";
import { LineReader } from "./line-reader.js";
import { RunLog } from "./run-log.js";
import { watchFolder, type FolderWatch } from "./watch.js";

/** `run`: the URI of its folder. Begins with everything that is there. */
export function followRun(run: string, channel: PageChannel<"dashboard">): FolderWatch {
  const folder = vscode.Uri.parse(run, true);
  const reader = new LineReader(growingFile(path.join(folder.fsPath, "events.jsonl")));
  const log = new RunLog();
  let evaluated: number | undefined;
  let first = true;

  const readEvents = async (): Promise<void> => {
    let news = first;
    for (let more = true; more;) {
      const next = await reader.next();
      log.add(next.lines, next.reset);
      news ||= next.reset || next.lines.length > 0;
      more = next.more;
    }
    if (news) channel.post({ kind: "update", run, update: log.take() });
  };
  const readEvaluation = async (): Promise<void> => {
    const document = await readDocument(path.join(folder.fsPath, "evaluation.json"));
    if (document?.stamp === evaluated && !first) return;
    evaluated = document?.stamp;
    const evaluation = asEvaluation(document?.value);
    channel.post({ kind: "evaluation", run, evaluation });
  };
  return watchFolder(folder, "{events.jsonl,evaluation.json}", async () => {
    await readEvents();
    await readEvaluation();
    first = false;
  });
}

/** `null` for what is no evaluation that this version understands. */
function asEvaluation(value: unknown): RunEvaluation | null {
  const { classes, bySnr, confusion, accuracy } = (value ?? {}) as Partial<RunEvaluation>;
  const complete = Array.isArray(classes) && Array.isArray(bySnr) && Array.isArray(confusion?.overall) && accuracy;
  return complete ? (value as RunEvaluation) : null;
}
