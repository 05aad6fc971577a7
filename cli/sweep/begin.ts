/** From what the command line names to a sweep that can be run: new, or one to go on with. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { SweepDefinition } from "../../shared/dsl/definition.js";
import { withoutUndefined } from "../../shared/dsl/options.js";
import { absoluteData } from "../data/request.js";
import { CliError } from "../errors.js";
import { existingFile } from "../input/files.js";
import { evaluateFile } from "../input/load.js";
import { shownPath } from "../output/paths.js";
import { trainableModelOf, type TrainableModel } from "../train/model.js";
import { newSweepFolder } from "./folder/files.js";
import { isTable } from "./tables/table-file.js";
import { isSweepDefinition, readSweepManifest, type SweepManifest, type SweepSettings } from "./folder/manifest.js";
import type { SweepCommandOptions } from "./options.js";
import { requireUnchanged, sourcesDigest } from "./plan/sources.js";
import { tableEntry, tableSweep } from "./begin-table.js";
import { samplerOf } from "./samplers/samplers.js";

export interface SweepStart {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: SweepManifest;
  readonly resumed: boolean;
}

/** A new sweep of a model file or a table. Throws a `CliError` when there is none, or the model cannot be trained with its defaults. */
export async function newSweep(target: string, options: SweepCommandOptions, version: string): Promise<SweepStart> {
  const table = isTable(target) ? target : undefined;
  const { model, sources } = await loadModel(table === undefined ? target : modelOf(target, options), options);
  const { definition } = model;
  const sweep = table === undefined ? sweepOf(model) : tableSweep(table, model);
  const folder = newSweepFolder(options.out, model.file);
  const manifest: SweepManifest = {
    schema: 1,
    tool: `quantlens ${version}`,
    model: { name: definition.name, file: model.file, sources, sha256: sourcesDigest(sources) },
    ...(table !== undefined && { table: tableEntry(table, model) }),
    sweep,
    settings: settingsOf(options, folder),
  };
  samplerOf(sweep.sampler).total({ vary: sweep.vary, options: sweep.sampler.options });
  return { folder, manifest, resumed: false };
}

function modelOf(table: string, { model }: SweepCommandOptions): string {
  if (model !== undefined) return model;
  throw new CliError(`${table} has rows of parameters: name the model file that they are for by --model.`);
}

/** The sweep in a folder. Throws a `CliError` when there is none, or when its model file is another one now. */
export function resumedSweep(target: string): SweepStart {
  const folder = path.resolve(target);
  const manifest = readSweepManifest(folder);
  requireUnchanged(manifest);
  return { folder, manifest, resumed: true };
}

/** True for a folder: of a sweep that is to go on. */
export function isFolder(target: string): boolean {
  return existsSync(target) && statSync(target).isDirectory();
}

interface LoadedModel {
  readonly model: TrainableModel;
  /** All files that were looked for, found or not. */
  readonly sources: readonly string[];
}

/** The model with its defaults: a model that is wrong then is wrong in every row. */
async function loadModel(file: string, options: Pick<SweepCommandOptions, "run" | "param">): Promise<LoadedModel> {
  const entry = existingFile(file);
  const evaluation = await evaluateFile(entry, options);
  return { model: trainableModelOf(entry, "", evaluation), sources: evaluation.dependencies };
}

function sweepOf({ definition, file }: TrainableModel): SweepDefinition {
  const { sweep } = definition;
  if (isSweepDefinition(sweep)) return sweep;
  const parameters = definition.parameters.map(({ name }) => name);
  const example = parameters[0] ?? "bits";
  const known = parameters.length === 0 ? ' (it has no parameters yet: param("bits", 6))' : "";
  throw new CliError(
    `${shownPath(file)} defines no sweep: add sweep: sweep({ vary: { ${example}: [...] } }) to its defineModel${known}, or name a table of rows.`,
  );
}

function settingsOf(options: SweepCommandOptions, folder: string): SweepSettings {
  const { data, store, param, run, backend, flavor, retries } = options;
  const { epochs, limitFrames, untilAccuracy, seed, freezeAfter, validation } = options;
  return {
    run,
    backend,
    flavor,
    retries,
    store: path.resolve(store ?? path.join(folder, "store")),
    ...withoutUndefined({
      data: data === undefined ? undefined : absoluteData(data),
      ...{ param, epochs, limitFrames, untilAccuracy, seed, freezeAfter, validation },
    }),
  };
}
