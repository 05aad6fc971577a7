/** FINN's and QONNX's data type names (`quantization_annotation`) in this project's spelling. */
import { bitWidth, type DataType } from "../graph/datatype.js";

const NAMED = new Set<string>(["FLOAT32", "BINARY", "BIPOLAR", "TERNARY"]);

/** Widths beyond this are damage: the tools go to 64 bits at most in practice. */
const MAX_BITS = 1024;

/** `INT6`, `UINT4`, `BIPOLAR`, `SCALEDINT<8>`, ...; undefined for a name that this project has no type for (`FIXED<8,4>`). */
export function parseDataType(name: string): DataType | undefined {
  if (NAMED.has(name)) return name as DataType;
  const spelling = name.replace(/^SCALEDINT<(\d+)>$/, "SCALEDINT$1");
  if (!/^(?:SCALED)?U?INT[1-9]\d{0,3}$/.test(spelling)) return undefined;
  const dataType = spelling as DataType;
  return bitWidth(dataType) <= MAX_BITS ? dataType : undefined;
}
