/** Checkpoints in a run's folder. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { CliError } from "../../errors.js";
import { copyFileAtomic, makeFolder, writeFileAtomic } from "../../output/atomic-file.js";
import { shownPath } from "../../output/paths.js";
import type { Session } from "../backend.js";
import {
  checkpointFormat,
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type CheckpointMeta,
} from "../checkpoint/checkpoint.js";
import type { RunState } from "../checkpoint/state.js";
import type { TrainProgram } from "../program.js";
import { DivergedError, type RunStore, type Trainee } from "./context.js";
import { runFiles, type RunManifest } from "./folder.js";
import { collectedOf, firstNotFinite, networkOf, putCollected, putNetwork } from "./network.js";

export function createStore(folder: string, manifest: RunManifest, program: TrainProgram): RunStore {
  const { name, file, sha256 } = manifest.model;
  const model = { name, file: path.basename(file), sha256 };
  const metaOf = (session: Session, state: RunState): CheckpointMeta => ({
    format: checkpointFormat,
    tool: manifest.tool,
    model,
    fingerprint: manifest.fingerprint,
    collected: collectedOf(session),
    state: inOrder(state),
  });
  return {
    save(state, { session, optimizer }) {
      const broken = firstNotFinite(session);
      if (broken !== undefined) {
        throw new DivergedError(
          `The training diverged: the parameter "${broken}" has values that are not finite; lower the learning rate or limit the gradients (clipNorm).`,
        );
      }
      const meta = metaOf(session, withSteps(state, optimizer.steps));
      writeFileAtomic(
        path.join(folder, runFiles.checkpoint),
        encodeCheckpoint(program, { meta, ...networkOf(session, optimizer) }),
      );
    },
    write(to, state, session) {
      const target = path.join(folder, to);
      makeFolder(path.dirname(target));
      const meta = metaOf(session, withSteps(state, new Map()));
      writeFileAtomic(target, encodeCheckpoint(program, { meta, ...networkOf(session) }));
    },
    copy(from, to) {
      copyFileAtomic(path.join(folder, from), path.join(folder, to));
    },
    evaluated(record) {
      writeFileAtomic(path.join(folder, runFiles.evaluation), `${JSON.stringify(record)}\n`);
    },
    restore(from, session) {
      const { meta, ...network } = readCheckpoint(path.join(folder, from), program);
      putNetwork(session, network);
      putCollected(session, meta.collected);
    },
  };
}

/** The same state has the same bytes, however it came about: a state that was read has no entries for what was absent. */
function inOrder({
  attempt,
  seed,
  stages,
  phase,
  pruning,
  pruned,
  rounds,
  training,
  step,
  missed,
}: RunState): RunState {
  return { attempt, seed, stages, phase, pruning, pruned, rounds, training, step, missed };
}

/** The updates that each parameter has had; a network that is kept without its optimiser has none. */
function withSteps(state: RunState, steps: ReadonlyMap<string, number>): RunState {
  return state.training === undefined
    ? state
    : {
        ...state,
        training: {
          ...state.training,
          optimizerSteps: Object.fromEntries([...steps].sort(([a], [b]) => (a < b ? -1 : 1))),
        },
      };
}

/** A checkpoint that this run wrote. Throws a `CliError` when it is missing or damaged. */
export function readCheckpoint(file: string, program: TrainProgram): Checkpoint {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new CliError(`${shownPath(file)} cannot be read: the run cannot go on without it; begin the run anew.`);
  }
  const decoded = decodeCheckpoint(program, bytes);
  switch (decoded.kind) {
    case "checkpoint":
      return decoded.value;
    case "foreign":
      throw new CliError(`${shownPath(file)} is no checkpoint of quantlens: begin the run anew.`);
    case "unusable":
      throw new CliError(`${shownPath(file)}: ${decoded.message}`);
  }
}

/** Puts what a run goes on from into a session; gives its state. */
export function takeUp(
  { meta, buffers, ...network }: Checkpoint,
  { session, optimizer }: Trainee,
  file: string,
): RunState {
  if (meta.state === undefined)
    throw new CliError(`${shownPath(file)} is not a checkpoint of a run: begin the run anew.`);
  putNetwork(session, network);
  putCollected(session, meta.collected);
  for (const [name, values] of buffers) optimizer.buffers.set(name, values);
  for (const [name, steps] of Object.entries(meta.state.training?.optimizerSteps ?? {}))
    optimizer.steps.set(name, steps);
  return meta.state;
}
