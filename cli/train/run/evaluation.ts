/** Accuracy of the network in a session. */
import { evaluateSession } from "../../evaluate/evaluate.js";
import type { Session } from "../backend.js";
import type { Accuracy } from "../events/events.js";
import type { RunContext } from "./context.js";
import { evaluationRecord, type EvaluationRecord } from "./evaluation-record.js";

/** The accuracy that decisions are made by: of the held-out part if there is one, else of the test data. */
export async function decisiveAccuracy(context: RunContext, session: Session, label: string): Promise<Accuracy> {
  if (context.data.validation === undefined) return { test: await accuracyOn(context, session, "test", label) };
  return { validation: await accuracyOn(context, session, "validation", label) };
}

/** The accuracy on everything that is not trained on. `known`: what was measured with the same weights. */
export async function fullAccuracy(
  context: RunContext,
  session: Session,
  label: string,
  known: Accuracy = {},
): Promise<Accuracy> {
  const held =
    context.data.validation && (known.validation ?? (await accuracyOn(context, session, "validation", label)));
  return {
    ...(held !== undefined && { validation: held }),
    test: known.test ?? (await accuracyOn(context, session, "test", label)),
  };
}

/** What was found is kept beside the run for whoever follows it. */
async function accuracyOn(
  context: RunContext,
  session: Session,
  part: EvaluationRecord["part"],
  network: string,
): Promise<number> {
  const { batchSize, model, signal, reporter, store, data, classNames } = context;
  const subset = data[part];
  if (subset === undefined) throw new Error(`the run has no samples for ${part}`);
  const bar = reporter.bar(`${network}, ${part}`, Math.ceil(subset.size / batchSize));
  const evaluation = await evaluateSession(session, subset, {
    batchSize,
    classes: model.classes,
    signal,
    onProgress: (done) => {
      bar(Math.ceil(done / batchSize), []);
    },
  });
  const record = evaluationRecord(evaluation, { network, part, classes: classNames });
  store.evaluated(record);
  return record.accuracy.accuracy;
}
