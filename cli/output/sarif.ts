/** SARIF 2.1.0 (OASIS standard), the format that code-scanning services read. Its types are made from its schema. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ArtifactLocation, Location, Log, ReportingDescriptor, Result } from "sarif";
import type { Severity } from "../../shared/problems.js";
import type { Rule } from "../../shared/rules/types.js";
import type { CheckedFile, Finding, Place } from "./findings.js";

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  error: "error",
  warning: "warning",
  info: "note",
  hint: "note",
};

/** What the log says about the tool itself. */
export interface SarifTool {
  readonly version: string;
  readonly rules: readonly Pick<Rule, "code" | "summary" | "description">[];
}

/** One log with one run: the rules that were broken, and a result per finding. */
export function sarifReport(files: readonly CheckedFile[], tool: SarifTool): string {
  const findings = files.flatMap((file) => file.findings);
  const codes = [...new Set(findings.map(({ code }) => code))].sort();
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: { name: "QuantLens", version: tool.version, rules: codes.map((code) => descriptor(code, tool)) },
        },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { "%SRCROOT%": { uri: `${pathToFileURL(process.cwd()).href}/` } },
        results: findings.map((finding) => result(finding, codes)),
      },
    ],
  };
  return JSON.stringify(log, undefined, 2);
}

/** A code without a rule is a problem of the file itself (a syntax error, say): it has only its name. */
function descriptor(code: string, { rules }: SarifTool): ReportingDescriptor {
  const rule = rules.find((candidate) => candidate.code === code);
  return {
    id: code,
    ...(rule && {
      shortDescription: { text: rule.summary },
      help: { text: rule.description, markdown: rule.description },
    }),
  };
}

function result(finding: Finding, codes: readonly string[]): Result {
  return {
    ruleId: finding.code,
    ruleIndex: codes.indexOf(finding.code),
    level: levels[finding.severity],
    message: { text: finding.message },
    locations: [location(finding)],
    ...(finding.related.length > 0 && {
      relatedLocations: finding.related.map((place, id) => ({
        id,
        ...location(place),
        message: { text: place.message },
      })),
    }),
    ...(finding.price && { properties: { price: finding.price } }),
  };
}

function location({ file, range, node }: Place): Location {
  return {
    physicalLocation: {
      artifactLocation: artifact(file),
      ...(range && {
        region: {
          startLine: range.start.line,
          startColumn: range.start.column,
          endLine: range.end.line,
          endColumn: range.end.column,
        },
      }),
    },
    ...(node !== undefined && { logicalLocations: [{ name: node, kind: "element" }] }),
  };
}

/** Files below the working directory are written relative to it, so that the log fits every checkout. */
function artifact(file: string): ArtifactLocation {
  if (path.isAbsolute(file) || file.startsWith("../")) return { uri: pathToFileURL(file).href };
  return { uri: file.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" };
}
