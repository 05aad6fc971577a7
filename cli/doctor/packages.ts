/** The packages that users may install beside QuantLens. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { locateOptional } from "../train/tfjs/optional-package.js";

export interface OptionalPackage {
  readonly name: string;
  readonly purpose: string;
  /** Absent when it is not installed. */
  readonly installed?: { readonly version: string; readonly folder: string };
}

const purposes = {
  "@tensorflow/tfjs-node": "the backend tensorflow",
  webgpu: "the backend webgpu",
} as const;

export function optionalPackages(): readonly OptionalPackage[] {
  return Object.entries(purposes).map(([name, purpose]) => {
    const file = locateOptional(name);
    const installed = file === undefined ? undefined : packageOf(file, name);
    return { name, purpose, ...(installed && { installed }) };
  });
}

/** From a file of a package up to the folder with its manifest. */
function packageOf(file: string, name: string): OptionalPackage["installed"] {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const manifest = readManifest(path.join(folder, "package.json"));
    if (manifest?.name === name) return { version: String(manifest.version), folder };
  }
  return undefined;
}

function readManifest(file: string): { readonly name?: unknown; readonly version?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { name?: unknown; version?: unknown };
  } catch {
    return undefined;
  }
}
