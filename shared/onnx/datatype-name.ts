/** FINN's and QONNX's data type names (`quantization_annotation`) in this project's spelling, and back. */
import { isDataType } from "../graph/custom-op.js";
import { bitWidth, type DataType } from "../graph/datatype.js";

/** Longer names are damage: `SCALEDINT<1024>` has 15 characters. */
const MAX_LENGTH = 16;

/** `INT6`, `UINT4`, `BIPOLAR`, `SCALEDINT<8>`, ...; undefined for what this project has no type for (`FIXED<8,4>`). */
export function parseDataType(name: string): DataType | undefined {
  const spelling = name.replace(/^SCALEDINT<(\d+)>$/, "SCALEDINT$1");
  return name.length <= MAX_LENGTH && isDataType(spelling) ? spelling : undefined;
}

/** The annotation for a type, or undefined where QONNX needs none (FLOAT32) or has no name (`SCALEDUINT8`). */
export function annotationName(dataType: DataType): string | undefined {
  if (dataType === "FLOAT32" || dataType.startsWith("SCALEDUINT")) return undefined;
  return dataType.startsWith("SCALEDINT") ? `SCALEDINT<${bitWidth(dataType)}>` : dataType;
}
