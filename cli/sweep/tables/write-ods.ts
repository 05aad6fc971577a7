/** Writing OpenDocument spreadsheets (ISO 26300) of one sheet, without styles. */
import { strToU8, zipSync } from "fflate";
import { escapeMarkup } from "../../../shared/escape-markup.js";
import type { CellValue } from "../report/columns.js";

const mimeType = "application/vnd.oasis.opendocument.spreadsheet";

const manifest = `<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="${mimeType}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
`;

const namespaces = ["office", "table", "text"]
  .map((name) => ` xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`)
  .join("");

/** The bytes of a spreadsheet; the same lines give the same bytes. */
export function odsBytes(lines: readonly (readonly CellValue[])[]): Uint8Array {
  const rows = lines.map((cells) => `<table:table-row>${cells.map(odsCell).join("")}</table:table-row>`).join("\n");
  const columns = Math.max(1, ...lines.map(({ length }) => length));
  const content = `<?xml version="1.0" encoding="UTF-8"?>
<office:document-content${namespaces} office:version="1.2"><office:body><office:spreadsheet><table:table table:name="Sheet1">
<table:table-column table:number-columns-repeated="${columns}"/>
${rows}
</table:table></office:spreadsheet></office:body></office:document-content>
`;
  // The type comes first and is not compressed, so that programs know the file by its first bytes.
  const files = {
    mimetype: [strToU8(mimeType), { level: 0 }],
    "META-INF/manifest.xml": strToU8(manifest),
    "content.xml": strToU8(content),
  } as const;
  return zipSync(files as unknown as Parameters<typeof zipSync>[0], { mtime: "1980-01-01T00:00:00" });
}

function odsCell(value: CellValue): string {
  if (value === undefined || value === "") return "<table:table-cell/>";
  const cell = (attributes: string, text: string): string =>
    `<table:table-cell ${attributes}><text:p>${text}</text:p></table:table-cell>`;
  if (typeof value === "number") return cell(`office:value-type="float" office:value="${value}"`, String(value));
  if (typeof value === "boolean") {
    return cell(`office:value-type="boolean" office:boolean-value="${value}"`, value ? "TRUE" : "FALSE");
  }
  return cell('office:value-type="string"', escapeMarkup(withoutControls(value)));
}

/** XML has no way to write most control characters. */
function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.replace(/[\0-\x08\x0b-\x1f\ufffe\uffff]|\p{Surrogate}/gu, "");
}
