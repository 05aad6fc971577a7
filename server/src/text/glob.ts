/**
 * True when a path with `/` matches a glob: `*` within a segment, `**` over segments, `?` one character.
 * A glob without any of these is a plain relative path; `./` in front is ignored.
 */
export function matchesGlob(glob: string, path: string): boolean {
  const source = glob
    .replace(/^\.\//, "")
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map(segmentPattern)
    .join("");
  return new RegExp(`^${source}$`, "u").test(path);
}

function segmentPattern(part: string): string {
  switch (part) {
    case "**/":
      return "(?:[^/]+/)*";
    case "**":
      return ".*";
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    default:
      return part.replace(/[\\^$.|+()[\]{}/]/g, String.raw`\$&`);
  }
}
