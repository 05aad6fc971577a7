/** The bytes of the zip. */
import { zipSync } from "fflate";

/** Texts and bytes by their names in the zip. */
export type ArchiveFiles = ReadonlyMap<string, string | Uint8Array>;

/** Sorted by name and with one date for all files, so that the same files give the same bytes on every machine. */
export function archiveBytes(files: ArchiveFiles): Uint8Array {
  const encoder = new TextEncoder();
  const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const entries = sorted.map(([name, content]) => [
    name,
    typeof content === "string" ? encoder.encode(content) : content,
  ]);
  // Local time, which is what a zip holds: the same in every zone.
  return zipSync(Object.fromEntries(entries) as Record<string, Uint8Array>, { level: 9, mtime: "1980-01-01T00:00:00" });
}
