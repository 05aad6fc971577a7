/** Arrays in NumPy's file format, for tests. */

export interface TestArray {
  readonly type: string;
  readonly shape: readonly number[];
  /** Little-endian elements. */
  readonly data: ArrayBufferView;
  readonly version?: 1 | 2 | 3;
  readonly fortranOrder?: boolean;
}

/** The bytes of a `.npy` file. */
export function npyBytes({ type, shape, data, version = 1, fortranOrder = false }: TestArray): Buffer {
  const size = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const order = fortranOrder ? "True" : "False";
  const header = `{'descr': '${type}', 'fortran_order': ${order}, 'shape': ${size}, }`;
  const prefix = version === 1 ? 10 : 12;
  const text = `${header.padEnd(64 * Math.ceil((prefix + header.length + 1) / 64) - prefix - 1)}\n`;
  const start = Buffer.alloc(prefix);
  start.write("\x93NUMPY", "latin1");
  start[6] = version;
  if (version === 1) start.writeUInt16LE(text.length, 8);
  else start.writeUInt32LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(text), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}
