/** HTML as values: text is escaped, markup is not. */
import { escapeMarkup } from "../../shared/escape-markup.js";

/** Markup that is safe to write as it is. */
export class Html {
  constructor(readonly markup: string) {}
}

export type HtmlPart = Html | string | number | readonly HtmlPart[] | undefined;

/** A template whose substitutions are escaped unless they are `Html`; lists are written one after another. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(parts[index])).join(""));
}

function markupOf(part: HtmlPart): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string" || typeof part === "number") return escapeMarkup(String(part));
  return part.map(markupOf).join("");
}
