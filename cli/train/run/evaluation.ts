/** Accuracy of the network in a session. */
import { evaluateSession } from "../../evaluate/evaluate.js";
import { overall } from "../../evaluate/metrics.js";
import type { Subset } from "../../data/dataset.js";
import type { Session } from "../backend.js";
import type { Accuracy } from "../events/events.js";
import type { RunContext } from "./context.js";

/** The accuracy that decisions are made by: of the held-out part if there is one, else of the test data. */
export async function decisiveAccuracy(context: RunContext, session: Session, label: string): Promise<Accuracy> {
  const { validation, test } = context.data;
  if (validation === undefined) return { test: await accuracyOn(context, session, test, `${label}, test`) };
  return { validation: await accuracyOn(context, session, validation, `${label}, validation`) };
}

/** The accuracy on everything that is not trained on. `known`: what was measured with the same weights. */
export async function fullAccuracy(
  context: RunContext,
  session: Session,
  label: string,
  known: Accuracy = {},
): Promise<Accuracy> {
  const { validation, test } = context.data;
  const held =
    validation && (known.validation ?? (await accuracyOn(context, session, validation, `${label}, validation`)));
  return {
    ...(held !== undefined && { validation: held }),
    test: known.test ?? (await accuracyOn(context, session, test, `${label}, test`)),
  };
}

async function accuracyOn(context: RunContext, session: Session, subset: Subset, label: string): Promise<number> {
  const { batchSize, model, signal, reporter } = context;
  const bar = reporter.bar(label, Math.ceil(subset.size / batchSize));
  const evaluation = await evaluateSession(session, subset, {
    batchSize,
    classes: model.classes,
    signal,
    onProgress: (done) => {
      bar(Math.ceil(done / batchSize), []);
    },
  });
  return overall(evaluation).accuracy;
}
