import { appendFileSync } from "node:fs";
import { expect, it } from "vitest";
import { makeFolder, writeFiles } from "../../testing/folder.js";
import { outcomeFile } from "../folder/files.js";
import type { JobOutcome } from "./job.js";
import { addOutcome, forgetOutcome, readOutcome } from "./outcome-file.js";

const folder = makeFolder({});
const done: JobOutcome = { kind: "done", seconds: 3 };
const failed: JobOutcome = { kind: "failed", message: "diverged", retry: false };

it("is that of the last attempt, or of one that has done the job, whatever a killed attempt has left", () => {
  expect(readOutcome(folder, "key")).toBeUndefined();
  addOutcome(folder, "key", { kind: "interrupted" });
  addOutcome(folder, "key", failed);
  expect(readOutcome(folder, "key")).toEqual(failed);
  appendFileSync(outcomeFile(folder, "key"), '\n{"kind":"do');
  expect(readOutcome(folder, "key")).toEqual(failed);
  addOutcome(folder, "key", done);
  addOutcome(folder, "key", { kind: "interrupted" });
  expect(readOutcome(folder, "key")).toEqual(done);
  forgetOutcome(folder, "key");
  expect(readOutcome(folder, "key")).toBeUndefined();
});

it("is nothing that another program has written", () => {
  writeFiles(folder, { "jobs/strange.outcome.jsonl": '{"kind":"won"}\n[]\nnull\n' });
  expect(readOutcome(folder, "strange")).toBeUndefined();
});
