/** The options that commands share, parsed and typed. */
import { InvalidArgumentError } from "commander";
import type { CostFlavor } from "../shared/graph/datatype.js";
import { isPlain, type ParameterValue } from "../shared/dsl/plain-values.js";
import type { BackendName } from "./train/backend.js";
import type { Severity } from "../shared/problems.js";
import type { Profile } from "../shared/rules/types.js";

export const flavors = ["finn-base", "qonnx"] as const satisfies readonly CostFlavor[];
export const profiles = ["itu2021", "finn", "hls4ml", "qcdq"] as const satisfies readonly Profile[];
export const runners = ["sandbox", "native"] as const;
export const costFormats = ["table", "json", "netron"] as const;
export const checkFormats = ["pretty", "json", "sarif", "github"] as const;
export const exportFormats = ["qonnx", "qcdq", "brevitas"] as const;
export const dialects = ["qonnx", "brevitas-0.6"] as const;
export const doctorFormats = ["table", "json"] as const;
export const diffFormats = ["table", "json"] as const;
export const initFormats = ["text", "json"] as const;

/** How a model file is run. */
export interface RunOptions {
  readonly run: (typeof runners)[number];
  /** Values for its parameters, by name; others have their defaults. */
  readonly param?: Readonly<Record<string, ParameterValue>>;
}

/** How model files are run and costed. */
export interface ModelOptions extends RunOptions {
  readonly flavor: CostFlavor;
  /** False with `--no-sparsity`. */
  readonly sparsity: boolean;
  /** A file of trained weights. */
  readonly weights?: string;
}

export interface CostCommandOptions extends ModelOptions {
  readonly breakdown: boolean;
  readonly format: (typeof costFormats)[number];
}

export interface CheckCommandOptions extends ModelOptions {
  readonly profile: Profile;
  readonly format: (typeof checkFormats)[number];
  readonly severity: Readonly<Record<string, Severity | "off">>;
}

export interface DiffCommandOptions extends ModelOptions {
  readonly format: (typeof diffFormats)[number];
  readonly maxScore?: number;
}

export interface InitCommandOptions {
  readonly name?: string;
  readonly template: string;
  readonly format: (typeof initFormats)[number];
}

export interface DoctorCommandOptions {
  readonly format: (typeof doctorFormats)[number];
  /** Print the state of this backend alone, as JSON: what the command asks a process of its own. */
  readonly backend?: BackendName;
}

const severities: readonly string[] = ["error", "warning", "info", "hint", "off"] satisfies (Severity | "off")[];

function isSeverity(text: string): text is Severity | "off" {
  return severities.includes(text);
}

/** One `CODE=LEVEL` of a repeatable option, added to those before it. */
export function parseSeverity(
  text: string,
  previous: Readonly<Record<string, Severity | "off">>,
): Readonly<Record<string, Severity | "off">> {
  const [code = "", level = ""] = text.split("=", 2);
  if (code === "" || !isSeverity(level)) {
    throw new InvalidArgumentError(`Write a rule and ${severities.join(", ")}, as in residual-not-requantised=off.`);
  }
  return { ...previous, [code]: level };
}

/** A number of at least zero. */
export function parseScore(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError("Write a number such as 0.02.");
  }
  return value;
}

/** One `NAME=VALUE` of a repeatable option, added to those before it. A value is JSON, numbers or words with commas, or a text. */
export function parseParam(
  text: string,
  previous: Readonly<Record<string, ParameterValue>> = {},
): Readonly<Record<string, ParameterValue>> {
  const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError("Write a parameter and its value, as in bits=5 or kernels=27,21,15.");
  }
  return { ...previous, [name]: parameterValue(value) };
}

function parameterValue(text: string): ParameterValue {
  const written = jsonValue(text);
  if (isPlain(written)) return written;
  const parts = text.split(",").map((part) => part.trim());
  if (parts.length === 1) return text;
  const numbers = parts.map((part) => (part === "" ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : parts;
}

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A factor above zero. */
export function parseScale(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 16) {
    throw new InvalidArgumentError("Write a number above 0 and up to 16, such as 2.");
  }
  return value;
}
