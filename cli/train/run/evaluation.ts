/** Accuracy of the network in a session. */
import { evaluateSession } from "../../evaluate/evaluate.js";
import type { Evaluation } from "../../evaluate/evaluation.js";
import type { Session } from "../backend.js";
import type { Accuracy } from "../events/events.js";
import { DivergedError, explodedLoss, lossText, type RunContext } from "./context.js";
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
  refuseExploded(evaluation, network, part);
  const record = evaluationRecord(evaluation, { network, part, classes: classNames });
  store.evaluated(record);
  return record.accuracy.accuracy;
}

/** Runs the network on a batch of training samples. Throws a `DivergedError` when it is of no use any more. */
export async function refuseRuined(
  { batchSize, model, data }: RunContext,
  session: Session,
  network: string,
): Promise<void> {
  const options = { batchSize, classes: model.classes, limit: batchSize };
  refuseExploded(await evaluateSession(session, data.train, options), network, "training");
}

/**
 * The last step of an epoch can be the one that ruins the network, and no training loss follows it: what is saved as good must
 * not be such a network. Samples whose own values are no numbers do not count.
 */
function refuseExploded(
  { loss, notFinite, totals }: Evaluation,
  network: string,
  part: EvaluationRecord["part"] | "training",
): void {
  const samples = totals.reduce((sum, count) => sum + count, 0);
  const isBroken = samples > 0 && notFinite === samples;
  if (!isBroken && !(loss >= explodedLoss)) return;
  throw new DivergedError(
    `The training diverged (${network}): the loss on the ${part} data is ${lossText(loss)}; lower the learning rate or limit the gradients (clipNorm).`,
  );
}
