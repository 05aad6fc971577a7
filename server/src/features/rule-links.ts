/** Addresses of the rules' pages. */
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { diskPath } from "../host/uris.js";
import type { RuleLink } from "./diagnostics.js";

/** Links to `<folder>/<code>.md`, for the codes that have a page there. */
export function createRuleLink(folder: string): RuleLink {
  const uri = /^[a-z][a-z0-9+.-]+:/i.test(folder) && !/^[a-z]:/i.test(folder) ? folder : pathToFileURL(folder).href;
  const base = uri.replace(/\/$/, "");
  let pages: ReadonlySet<string> | undefined;
  return (code) => {
    pages ??= pagesIn(diskPath(base));
    return pages.has(`${code}.md`) ? `${base}/${code}.md` : undefined;
  };
}

function pagesIn(path: string | undefined): ReadonlySet<string> {
  try {
    return new Set(path === undefined ? [] : readdirSync(path));
  } catch {
    return new Set();
  }
}
