/**
 * URIs as keys. Clients spell the same file differently (`c%3A` or `C:`, escaped brackets or not), while
 * relative imports are resolved by URL rules; one canonical spelling lets both meet.
 */
import { fileURLToPath } from "node:url";

/** The one spelling of a URI that maps and the sandbox use. Not a URI: returned as it is. */
export function canonicalUri(uri: string): string {
  const parsed = parse(uri);
  if (!parsed) return uri;
  const path = parsed.pathname
    .split("/")
    .map((segment) => encodeURIComponent(decode(segment)))
    .join("/")
    .replace(/^\/([A-Za-z])%3A(?=\/|$)/, (_match, drive: string) => `/${drive.toLowerCase()}:`);
  const authority = parsed.host === "" && parsed.protocol !== "file:" ? "" : `//${parsed.host}`;
  return `${parsed.protocol}${authority}${path}${parsed.search}`;
}

/** A relative specifier (`./helpers.js`) seen from a file; what cannot be resolved is returned unchanged. */
export function resolveRelative(from: string, specifier: string): string {
  try {
    return canonicalUri(new URL(specifier, from).href);
  } catch {
    return specifier;
  }
}

/** Path on the server's disk, or `undefined` for other schemes. */
export function diskPath(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

/** Last segment of the path, decoded: for labels. */
export function baseName(uri: string): string {
  return decode((parse(uri)?.pathname ?? uri).split("/").at(-1) ?? uri);
}

/** Path of `uri` below `folder` (decoded, with `/`), or `undefined` when it lies elsewhere. */
export function pathBelow(folder: string, uri: string): string | undefined {
  const prefix = canonicalUri(folder).replace(/\/$/, "") + "/";
  const key = canonicalUri(uri);
  return key.startsWith(prefix) ? key.slice(prefix.length).split("/").map(decode).join("/") : undefined;
}

function parse(uri: string): URL | undefined {
  return URL.canParse(uri) ? new URL(uri) : undefined;
}

/** `%` that begins no escape is a character of the name. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
