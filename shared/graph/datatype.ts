/**
 * Tensor data types as the cost tools name them.
 *
 * Names follow QONNX / finn-base: `INT6` is an integer tensor, `SCALEDINT6` an integer tensor times a
 * constant scale, `BIPOLAR` is {-1, +1}, `BINARY` is {0, 1}. finn-base writes `SCALEDINT6` and
 * `SCALEDUINT6`; qonnx writes `SCALEDINT<6>` for both. Internally only the first spelling exists;
 * `dataTypeName` renders the one a flavour prints.
 */
export type DataType =
  | "FLOAT32"
  | "BINARY"
  | "BIPOLAR"
  | "TERNARY"
  | `INT${number}`
  | `UINT${number}`
  | `SCALEDINT${number}`
  | `SCALEDUINT${number}`;

/** The two official cost tools: the challenge's finn-base branch and today's qonnx. */
export type CostFlavor = "finn-base" | "qonnx";

const WIDTH = /^(?:SCALED)?U?INT(\d+)$/;

/** Bits that one element of this type is charged. FLOAT32 is 32, BINARY and BIPOLAR 1, TERNARY 2. */
export function bitWidth(dataType: DataType): number {
  switch (dataType) {
    case "FLOAT32":
      return 32;
    case "BINARY":
    case "BIPOLAR":
      return 1;
    case "TERNARY":
      return 2;
    default:
      return integerWidth(dataType);
  }
}

const widths = new Map<DataType, number>();

/** There are few types, and their widths are asked for often. */
function integerWidth(dataType: DataType): number {
  const width = widths.get(dataType) ?? Number(WIDTH.exec(dataType)?.[1]);
  widths.set(dataType, width);
  return width;
}

/** True for types with negative values. */
export function isSigned(dataType: DataType): boolean {
  return dataType !== "BINARY" && !dataType.startsWith("UINT") && !dataType.startsWith("SCALEDUINT");
}

/** True for plain integers (scale exactly 1): `INTn`, `UINTn`, `BINARY`, `BIPOLAR`, `TERNARY`. */
export function isPlainInteger(dataType: DataType): boolean {
  return dataType !== "FLOAT32" && !dataType.startsWith("SCALED");
}

/** True for plain and scaled integers: everything the tools do not charge as float. */
export function isIntegerLike(dataType: DataType): boolean {
  return dataType !== "FLOAT32";
}

/** The data type of an integer quantiser's output; `scaleIsOne` when all its scales are exactly 1. */
export function quantizedDataType(bits: number, signed: boolean, scaleIsOne: boolean): DataType {
  if (!scaleIsOne) return signed ? `SCALEDINT${bits}` : `SCALEDUINT${bits}`;
  if (bits === 1) return signed ? "BIPOLAR" : "BINARY";
  return signed ? `INT${bits}` : `UINT${bits}`;
}

/** The name that a flavour's dictionary prints. qonnx has only `SCALEDINT<n>`, signed or not. */
export function dataTypeName(dataType: DataType, flavor: CostFlavor): string {
  if (flavor === "qonnx" && dataType.startsWith("SCALED")) return `SCALEDINT<${bitWidth(dataType)}>`;
  return dataType;
}
