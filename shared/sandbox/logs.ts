/** What a program printed, shown where it printed it. */
import type { Problem } from "../problems.js";
import type { MarkedProgram } from "./modules.js";
import { siteRange } from "./positions.js";
import type { LogLine } from "./protocol.js";

/** Texts that are shown of a call that prints again and again. */
const maxTexts = 5;

/** One remark per call of `console.log`, with what it printed. */
export function logProblems(program: MarkedProgram, logs: readonly LogLine[]): Problem[] {
  const byCall = new Map<number, string[]>();
  for (const { call, text } of logs) {
    if (call === undefined) continue;
    const texts = byCall.get(call) ?? [];
    texts.push(text);
    byCall.set(call, texts);
  }
  return [...byCall].flatMap(([call, texts]): Problem[] => {
    const range = siteRange(program, call);
    if (range === undefined) return [];
    const more = texts.length > maxTexts ? ` · ... (${texts.length} times)` : "";
    const message = texts.slice(0, maxTexts).join(" · ") + more;
    return [{ code: "console", severity: "info", message, target: { kind: "range", ...range } }];
  });
}
