/** The manual of all codes, made from the rules themselves: one Markdown page each, and a table of contents. */
import { problemPages, type ProblemPage } from "./dsl-problems.js";
import { rules } from "./index.js";
import type { Profile, Rule } from "./types.js";

const profiles: readonly Profile[] = ["itu2021", "finn", "hls4ml", "qcdq"];

/** All pages of `docs/rules`: file name to text. `node scripts/rule-docs.mjs` writes them. */
export function rulePages(): ReadonlyMap<string, string> {
  const codes = new Set(rules.map((rule) => rule.code));
  const others = problemPages.filter((page) => !codes.has(page.code));
  return new Map([
    ["README.md", contents(others)],
    ...rules.map((rule) => [`${rule.code}.md`, rulePage(rule)] as const),
    ...others.map((page) => [`${page.code}.md`, problemPage(page)] as const),
  ]);
}

const note = "<!-- Written by scripts/rule-docs.mjs from shared/rules; do not edit. -->";

function contents(others: readonly ProblemPage[]): string {
  const list = (pages: readonly Pick<Rule, "code" | "summary" | "severity">[]) => [
    `| code | what it demands | ${profiles.join(" | ")} |`,
    `| --- | --- |${" --- |".repeat(profiles.length)}`,
    ...pages.map(
      ({ code, summary, severity }) =>
        `| [\`${code}\`](${code}.md) | ${summary} | ${severities(severity).join(" | ")} |`,
    ),
  ];
  return page([
    "# Rules",
    "The columns are the target profiles. In `itu2021` an error is what makes a submission invalid; what merely costs is a warning with its price. Severities can be changed per code, and " +
      "a finding can be silenced by a comment `// quantlens-disable-next-line <code>` above its line or `// quantlens-disable-line <code>` on it.",
    list(rules).join("\n"),
    "## Reported while a model file runs",
    list(others).join("\n"),
  ]);
}

function rulePage(rule: Rule): string {
  const { language = "ts", bad, good } = rule.examples;
  return page([
    `# ${rule.code}`,
    `**${rule.summary}**`,
    severityTable(rule.severity),
    rule.description.trim(),
    `## Reported`,
    fenced(language, bad),
    `## Not reported`,
    fenced(language, good),
  ]);
}

function problemPage({ code, summary, description, severity }: ProblemPage): string {
  return page([`# ${code}`, `**${summary}**`, severityTable(severity), description]);
}

function severityTable(severity: Rule["severity"]): string {
  return [
    `| ${profiles.join(" | ")} |`,
    `|${" --- |".repeat(profiles.length)}`,
    `| ${severities(severity).join(" | ")} |`,
  ].join("\n");
}

function severities(severity: Rule["severity"]): string[] {
  return profiles.map((profile) => severity[profile]);
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function page(blocks: readonly string[]): string {
  return `${[note, ...blocks].join("\n\n")}\n`;
}
