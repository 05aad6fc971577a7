/** The network that an attempt begins with. */
import { loadNetwork, type LoadedNetwork } from "../../import/load-network.js";
import type { Backend, Session } from "../backend.js";
import { calibrate } from "../calibrate/calibrate.js";
import { floatProgram } from "../calibrate/float-program.js";
import type { CalibrationMethod } from "../calibrate/thresholds.js";
import { initialize } from "../initialize.js";
import { programWeights } from "../lower/program-weights.js";
import type { TrainProgram } from "../program.js";
import { newOptimizerState } from "../optimizers/optimizer.js";
import type { OpenTrainee } from "./attempts.js";
import type { RunContext } from "./context.js";
import { putCollected, putNetwork } from "./network.js";
import type { RunSettings } from "./settings.js";

interface OpenerParts {
  readonly context: RunContext;
  readonly backend: Backend;
  readonly settings: RunSettings;
  readonly start: StartNetwork | undefined;
}

/** What `--from` names. */
export interface StartNetwork extends LoadedNetwork {
  /** Set when it is a float network, whose thresholds are to be found. */
  readonly calibrate?: CalibrationMethod;
}

/** Loads what `--from` names. Throws a `CliError` when it does not fit. */
export function loadStart({ from, calibrate }: RunSettings, program: TrainProgram): StartNetwork | undefined {
  if (from === undefined) return undefined;
  if (calibrate === undefined) return loadNetwork(from, program);
  return { ...loadNetwork(from, floatProgram(program)), calibrate };
}

export interface TraineeOpeners {
  /** With initial weights of a seed, or with those of `--from`, calibrated if that is asked for. */
  readonly fresh: OpenTrainee;
  /** With whatever is put into it. */
  readonly bare: OpenTrainee;
}

export function traineeOpeners(parts: OpenerParts): TraineeOpeners {
  const { context, backend, settings, start } = parts;
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
      const { session } = trainee;
      try {
        putNetwork(session, { parameters: initialize(program, seed), masks: new Map() });
        if (start?.calibrate !== undefined)
          await startCalibrated(parts, session, { ...start, method: start.calibrate });
        else if (start !== undefined) startFrom(session, start, settings);
        return trainee;
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  };
}

async function startCalibrated(
  { context, backend, settings }: OpenerParts,
  session: Session,
  { parameters, method }: Pick<StartNetwork, "parameters"> & { readonly method: CalibrationMethod },
): Promise<void> {
  for (const [name, values] of parameters) session.parameters.get(name)?.set(values);
  const { batchSize, signal, reporter } = context;
  const { threads } = settings;
  const samples = context.data.train;
  const thresholds = await calibrate(session, { method, backend, threads, batchSize, samples, signal });
  reporter.event({ event: "calibrated", method, thresholds });
}

function startFrom(session: Session, network: StartNetwork, { command }: RunSettings): void {
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
