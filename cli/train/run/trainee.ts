/** The network that an attempt begins with. */
import { loadNetwork } from "../../import/load-network.js";
import type { Backend, Session } from "../backend.js";
import { calibrate } from "../calibrate/calibrate.js";
import { floatProgram } from "../calibrate/float-program.js";
import { initialize } from "../initialize.js";
import { programWeights } from "../lower/program-weights.js";
import { newOptimizerState } from "../optimizers/optimizer.js";
import type { OpenTrainee } from "./attempts.js";
import type { RunContext } from "./context.js";
import { putCollected, putNetwork } from "./network.js";
import type { RunSettings } from "./settings.js";

interface OpenerParts {
  readonly context: RunContext;
  readonly backend: Backend;
  readonly settings: RunSettings;
}

export interface TraineeOpeners {
  /** With initial weights of a seed, or with those of `--from`, calibrated if that is asked for. */
  readonly fresh: OpenTrainee;
  /** With whatever is put into it. */
  readonly bare: OpenTrainee;
}

export function traineeOpeners(parts: OpenerParts): TraineeOpeners {
  const { context, backend, settings } = parts;
  const { program } = context.model;
  const bare: OpenTrainee = async (seed) => {
    const { threads } = settings;
    const session = await backend.open(program, { batchSize: context.batchSize, threads, seed });
    return { session, optimizer: newOptimizerState() };
  };
  return {
    bare,
    fresh: async (seed) => {
      const trainee = await bare(seed);
      putNetwork(trainee.session, { parameters: initialize(program, seed), masks: new Map() });
      if (settings.calibrate !== undefined) await startCalibrated(parts, trainee.session);
      else if (settings.from !== undefined) startFrom(trainee.session, settings.from, settings);
      return trainee;
    },
  };
}

async function startCalibrated({ context, backend, settings }: OpenerParts, session: Session): Promise<void> {
  const { from, calibrate: method, threads } = settings;
  if (from === undefined || method === undefined) throw new Error("a calibration needs a float network and a method");
  const float = loadNetwork(from, floatProgram(session.program));
  for (const [name, values] of float.parameters) session.parameters.get(name)?.set(values);
  const { batchSize, signal, reporter } = context;
  const samples = context.data.train;
  const thresholds = await calibrate(session, { method, backend, threads, batchSize, samples, signal });
  reporter.event({ event: "calibrated", method, thresholds });
}

function startFrom(session: Session, from: string, { command }: RunSettings): void {
  const network = loadNetwork(from, session.program);
  putNetwork(session, network);
  putCollected(session, Object.fromEntries(network.collected));
  if (command === "finetune") keepZeros(session);
}

/** Zeros of a file without masks stay zero in fine-tuning, as pruned weights do. */
function keepZeros(session: Session): void {
  for (const { name } of programWeights(session).entries) {
    const values = session.parameters.get(name);
    if (session.masks.has(name) || values?.includes(0) !== true) continue;
    session.setMask(
      name,
      Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
    );
  }
}
