/** Files in a zip archive that is not trusted: only those that are wanted, and never more than is allowed. */
import { Unzip, UnzipInflate } from "fflate";
import { CliError } from "../../errors.js";

/** What the files may unfold to in all. A table of a hundred thousand lines has a tenth of it. */
const mostBytes = 128 * 1024 * 1024;

const chunkBytes = 65_536;

/** The wanted files of an archive as texts, by name. Throws a `CliError` when it is none, or unfolds to too much. */
export function readArchive(
  file: string,
  bytes: Uint8Array,
  isWanted: (name: string) => boolean,
): ReadonlyMap<string, string> {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b)
    throw new CliError(`${file} is no spreadsheet: it does not begin as one does.`);
  const parts = new Map<string, Uint8Array[]>();
  let total = 0;
  const unzip = new Unzip((entry) => {
    if (!isWanted(entry.name) || parts.has(entry.name)) return;
    const own: Uint8Array[] = [];
    parts.set(entry.name, own);
    entry.ondata = (error, data) => {
      // The library catches what is thrown here, and tells it once more.
      total += error ? 0 : data.length;
      if (total > mostBytes) throw tooLarge(file);
      if (error) throw damaged(file);
      own.push(data);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  try {
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      unzip.push(bytes.subarray(at, at + chunkBytes), at + chunkBytes >= bytes.length);
    }
  } catch (error) {
    throw error instanceof CliError ? error : damaged(file);
  }
  return new Map([...parts].map(([name, own]) => [name, new TextDecoder().decode(Buffer.concat(own))]));
}

function damaged(file: string): CliError {
  return new CliError(`${file} is damaged: its archive cannot be unpacked; save it anew.`);
}

function tooLarge(file: string): CliError {
  return new CliError(
    `${file} unfolds to more than ${mostBytes} bytes, which no table of experiments does: is it the right file?`,
  );
}
