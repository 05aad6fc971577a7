/** `quantlens init`: a folder with one network that is ready to be worked on. */
import { existsSync } from "node:fs";
import path from "node:path";
import { CliError, exitCodes } from "../errors.js";
import { maxModelBytes, readInput } from "../input/files.js";
import type { InitCommandOptions } from "../options.js";
import { makeFolder, writeFileAtomic } from "../output/atomic-file.js";
import { shownPath } from "../output/paths.js";
import { writeResult } from "../output/streams.js";
import { projectFiles, slugOf, type Project } from "./project.js";
import { templates } from "./templates.js";

/** Where the example networks lie beside the bundles, in the npm package and in the extension. */
const examplesFolder = path.join(import.meta.dirname, "..", "examples");

/** Makes the project and says what is in it; gives the exit code. Nothing that exists is written over. */
export function init(folder: string, options: InitCommandOptions, version: string): number {
  const target = path.resolve(folder);
  const name = options.name ?? path.basename(target);
  if (slugOf(name) === "") {
    throw new CliError(
      `${JSON.stringify(name)} cannot name a project: it needs a letter or digit; choose one by --name.`,
    );
  }
  const template = templates.find((each) => each.name === options.template);
  if (template === undefined) throw new CliError(`There is no template ${JSON.stringify(options.template)}.`);
  const modelText = new TextDecoder().decode(readInput(path.join(examplesFolder, template.file), maxModelBytes));
  const project = projectFiles({ name, template, modelText, version });
  refuseExisting(target, project);
  for (const file of project.files) {
    const place = path.join(target, file.path);
    makeFolder(path.dirname(place));
    writeFileAtomic(place, file.text);
  }
  writeResult(options.format === "json" ? jsonResult(target, project) : textResult(target, project));
  return exitCodes.clean;
}

function refuseExisting(folder: string, { files }: Project): void {
  const existing = files.map((file) => file.path).filter((file) => existsSync(path.join(folder, file)));
  if (existing.length === 0) return;
  const has = `${shownPath(folder)} has ${existing.join(", ")} already`;
  throw new CliError(`${has}: choose another folder, or move ${existing.length === 1 ? "it" : "them"} away.`);
}

function jsonResult(folder: string, { model, files }: Project): string {
  return JSON.stringify({ folder, model, files: files.map((file) => file.path) }, undefined, 2);
}

function textResult(folder: string, { model, files }: Project): string {
  const shown = shownPath(folder);
  const first = shown === "." ? [] : [`  cd ${shown}`];
  return [
    ...files.map((file) => `${shown}/${file.path}`),
    "",
    "Open the folder in your editor, or:",
    ...first,
    "  npm install",
    `  npx quantlens cost ${model}`,
    "  npm run train",
  ].join("\n");
}
