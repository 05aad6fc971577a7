/** The settings `quantlens.*` as one typed object; what is missing or of a wrong type has its default. */
import { defaultAnalysisOptions } from "../../shared/analysis/analyze.js";
import type { AnalysisOptions } from "../../shared/analysis/types.js";
import type { ParameterValue } from "../../shared/messages.js";
import { severityNames } from "./severities.js";

export interface HintConfig {
  readonly shape: boolean;
  readonly bitOps: boolean;
  readonly memory: boolean;
  /** Totals at calls of helper functions. */
  readonly subtotals: boolean;
  /** Totals at elements of config arrays. */
  readonly rows: boolean;
  /** Longest label, in characters; VS Code cuts at 43 unless told otherwise. */
  readonly maxLength: number;
}

export interface ServerConfig {
  readonly hints: HintConfig;
  readonly profile: AnalysisOptions["profile"];
  readonly flavor: AnalysisOptions["flavor"];
  readonly discountSparsity: boolean;
  readonly severities: AnalysisOptions["severities"];
  /** Glob or path relative to the workspace folder -> weights file (absolute, or relative to the folder). */
  readonly weights: Readonly<Record<string, string>>;
  /** Glob or path relative to the workspace folder -> values of the model's parameters, by name. */
  readonly parameters: Readonly<Record<string, ParameterValues>>;
  /** How long a model file may run. */
  readonly deadlineMs: number;
  readonly memoryMb: number;
}

export type ParameterValues = Readonly<Record<string, ParameterValue>>;

export const defaultConfig: ServerConfig = {
  hints: { shape: true, bitOps: true, memory: true, subtotals: true, rows: true, maxLength: 43 },
  profile: defaultAnalysisOptions.profile,
  flavor: defaultAnalysisOptions.flavor,
  discountSparsity: defaultAnalysisOptions.discountSparsity,
  severities: {},
  weights: {},
  parameters: {},
  deadlineMs: 1000,
  memoryMb: 128,
};

const profiles = ["itu2021", "finn", "hls4ml", "qcdq"] as const;
const flavors = ["finn-base", "qonnx"] as const;

/** Reads the value of the section `quantlens`, whatever the client sent. */
export function parseConfig(section: unknown): ServerConfig {
  const settings = asRecord(section);
  const hints = asRecord(settings.hints);
  const fallback = defaultConfig.hints;
  return {
    hints: {
      shape: asBoolean(hints.shape, fallback.shape),
      bitOps: asBoolean(hints.bitOps, fallback.bitOps),
      memory: asBoolean(hints.memory, fallback.memory),
      subtotals: asBoolean(hints.subtotals, fallback.subtotals),
      rows: asBoolean(hints.rows, fallback.rows),
      maxLength: asNumber(hints.maxLength, fallback.maxLength, 8, 1000),
    },
    profile: asOneOf(settings.profile, profiles, defaultConfig.profile),
    flavor: asOneOf(settings.flavor, flavors, defaultConfig.flavor),
    discountSparsity: asBoolean(settings.discountSparsity, defaultConfig.discountSparsity),
    severities: entriesOf(settings.severities, (value) => severityNames.find((severity) => severity === value)),
    weights: entriesOf(settings.weights, (value) => (typeof value === "string" ? value : undefined)),
    parameters: entriesOf(settings.parameters, (value) => entriesOf(value, asParameter)),
    deadlineMs: asNumber(settings.deadline, defaultConfig.deadlineMs, 50, 60_000),
    memoryMb: asNumber(settings.memory, defaultConfig.memoryMb, 16, 4096),
  };
}

/** What of the settings the engine needs; `parameters` are those in force for the model. */
export function analysisOptions(config: ServerConfig, parameters: ParameterValues): AnalysisOptions {
  const { flavor, discountSparsity, profile, severities: overrides } = config;
  return { flavor, discountSparsity, profile, severities: overrides, parameters };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function asBoolean(value: unknown, fallback: boolean): boolean {
  return typeof value === "boolean" ? value : fallback;
}

function asNumber(value: unknown, fallback: number, least: number, most: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(value, least), most) : fallback;
}

function asOneOf<T extends string>(value: unknown, allowed: readonly T[], fallback: T): T {
  return allowed.find((candidate) => candidate === value) ?? fallback;
}

/** Plain data as a parameter may be; the model file checks that it fits. */
function asParameter(value: unknown): ParameterValue | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const isPlain = (type: string): boolean => list.every((item) => typeof item === type);
  const plain = isPlain("number") || isPlain("string") || (typeof value === "boolean" && isPlain("boolean"));
  return plain ? (value as ParameterValue) : undefined;
}

function entriesOf<T>(value: unknown, parse: (value: unknown) => T | undefined): Readonly<Record<string, T>> {
  const parsed: Record<string, T> = {};
  for (const [key, entry] of Object.entries(asRecord(value))) {
    const result = parse(entry);
    if (result !== undefined) parsed[key] = result;
  }
  return parsed;
}
