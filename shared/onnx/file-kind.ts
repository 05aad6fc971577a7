/** What a file is that turned out not to be an ONNX model, so that the message can say it. */

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ["a PNG image", [0x89, 0x50, 0x4e, 0x47]],
  ["a JPEG image", [0xff, 0xd8, 0xff]],
  ["a PDF document", [0x25, 0x50, 0x44, 0x46]],
  ["a zip archive (PyTorch checkpoints are)", [0x50, 0x4b, 0x03, 0x04]],
  ["a gzip archive", [0x1f, 0x8b]],
  ["an HDF5 file", [0x89, 0x48, 0x44, 0x46]],
  ["a Python pickle", [0x80, 0x02]],
  ["a NumPy array", [0x93, 0x4e, 0x55, 0x4d]],
  ["an executable", [0x7f, 0x45, 0x4c, 0x46]],
];

/** Bytes of the beginning that are looked at. */
export const FILE_KIND_BYTES = 512;

/** A noun phrase such as "a PNG image", or undefined for a file that may well have been ONNX. */
export function describeFileKind(bytes: Uint8Array): string | undefined {
  const known = signatures.find(([, magic]) => magic.every((byte, index) => bytes[index] === byte));
  if (known !== undefined) return known[0];
  const text = plainText(bytes.subarray(0, FILE_KIND_BYTES));
  if (text === undefined)
    return bytes.subarray(0, FILE_KIND_BYTES).every((byte) => byte === 0) ? "filled with zeros" : undefined;
  if (text.startsWith("version https://git-lfs")) return "a Git LFS pointer (run `git lfs pull`)";
  if (/^\s*(?:<!doctype|<html)/i.test(text)) return "a web page";
  if (/^\s*<\?xml/.test(text)) return "an XML file";
  if (/^\s*[{[]/.test(text)) return "a JSON file";
  return "a text file";
}

/** The bytes as text, if all of them are printable ASCII, blanks or (beyond ASCII) UTF-8. */
function plainText(bytes: Uint8Array): string | undefined {
  if (bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return undefined;
  const text = new TextDecoder().decode(bytes);
  return text.slice(0, -1).includes("\ufffd") ? undefined : text;
}
