/** 16-bit floats: IEEE 754 binary16 ("float16") and the upper half of a float32 ("bfloat16"). */

export type HalfFloat = "float16" | "bfloat16";

const bits32 = new DataView(new ArrayBuffer(4));

/** The number that these 16 bits stand for. */
export function fromHalfBits(elementType: HalfFloat, bits: number): number {
  if (elementType === "bfloat16") {
    bits32.setUint32(0, (bits & 0xffff) * 0x10000);
    return bits32.getFloat32(0);
  }
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  // Zero and the subnormals, which are multiples of 2^-24, have no counterpart among the bits of a float32.
  if (exponent === 0) return (sign === 0 ? fraction : -fraction) * 2 ** -24;
  bits32.setInt32(0, sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13));
  return bits32.getFloat32(0);
}

/** The nearest 16 bits, half to even; what is too large becomes infinity, NaN stays NaN. */
export function toHalfBits(elementType: HalfFloat, value: number): number {
  return elementType === "float16" ? float16Bits(value) : bfloat16Bits(value);
}

function bfloat16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  bits32.setFloat32(0, value);
  const bits = bits32.getUint32(0);
  const upper = bits >>> 16;
  const rest = bits & 0xffff;
  return upper + (rest > 0x8000 || (rest === 0x8000 && (upper & 1) === 1) ? 1 : 0);
}

function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude === 0) return sign;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Below 2^-14 the spacing of the subnormals applies.
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const units = magnitude / 2 ** (exponent - 10);
  const below = Math.floor(units);
  const rest = units - below;
  const rounded = below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
  // A mantissa of 2048 carries into the exponent by itself; subnormals have no implicit 1024.
  return sign | (rounded < 1024 ? rounded : (exponent + 14) * 1024 + rounded);
}
