/** Arrays in NumPy's file format, versions 1 to 3 (numpy.lib.format): read row by row, never whole. */
import { open, type FileHandle } from "node:fs/promises";
import { CliError } from "../../errors.js";
import { shownPath } from "../../output/paths.js";
import { withFile, type Table } from "./table.js";

/** An element type: its size in bytes and how one is read. */
interface ElementType {
  readonly size: number;
  readonly read: (view: DataView, position: number) => number;
}

const elementTypes: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["<f4", { size: 4, read: (view, at) => view.getFloat32(at, true) }],
  ["<f8", { size: 8, read: (view, at) => view.getFloat64(at, true) }],
  ["|i1", { size: 1, read: (view, at) => view.getInt8(at) }],
  ["|u1", { size: 1, read: (view, at) => view.getUint8(at) }],
  ["|b1", { size: 1, read: (view, at) => view.getUint8(at) }],
  ["<i2", { size: 2, read: (view, at) => view.getInt16(at, true) }],
  ["<u2", { size: 2, read: (view, at) => view.getUint16(at, true) }],
  ["<i4", { size: 4, read: (view, at) => view.getInt32(at, true) }],
  ["<u4", { size: 4, read: (view, at) => view.getUint32(at, true) }],
  ["<i8", { size: 8, read: (view, at) => Number(view.getBigInt64(at, true)) }],
  ["<u8", { size: 8, read: (view, at) => Number(view.getBigUint64(at, true)) }],
]);

/** What the header of a file says. */
interface NpyHeader {
  readonly type: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly offset: number;
}

const magic = Buffer.from("\x93NUMPY", "latin1");
/** Headers of arrays of numbers have some 100 bytes; what is much longer is none. */
const longestHeader = 65_536;
/** Bytes that are read at once when rows lie side by side. */
const bytesPerRead = 1024 ** 2;

/** Opens an array with the samples along its first dimension. Throws a `CliError`. */
export async function openNpy(file: string): Promise<Table> {
  const handle = await withFile(file, () => open(file, "r"));
  try {
    return await npyTable(handle, shownPath(file));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function npyTable(handle: FileHandle, shown: string): Promise<Table> {
  const { type, fortranOrder, shape, offset } = await readHeader(handle, shown);
  const element = elementTypes.get(type);
  if (element === undefined) {
    const known = [...elementTypes.keys()].join(", ");
    throw new CliError(
      `${shown} has elements of type ${type}, expected one of ${known}: convert it with array.astype("<f4").`,
    );
  }
  const [rows = 0, ...rowShape] = shape;
  if (shape.includes(0)) throw new CliError(`${shown} is empty: its shape is (${shape.join(", ")}).`);
  if (shape.length === 0) throw new CliError(`${shown} is a single number, expected an array with a row per sample.`);
  if (fortranOrder && shape.length > 1) {
    throw new CliError(`${shown} is in Fortran order: save numpy.ascontiguousarray(array) instead.`);
  }
  const rowLength = rowShape.reduce((product, size) => product * size, 1);
  const rowBytes = rowLength * element.size;
  const { size } = await handle.stat();
  if (size !== offset + rows * rowBytes) {
    throw new CliError(
      `${shown} has ${size} bytes, expected ${offset + rows * rowBytes} for shape (${shape.join(", ")}): it is not complete.`,
    );
  }
  const rowsPerRead = Math.max(1, Math.floor(bytesPerRead / rowBytes));
  return {
    file: shown,
    rows,
    rowShape,
    reader: {
      sampleLength: rowLength,
      read: async (wanted, into) => {
        for (let done = 0; done < wanted.length;) {
          const first = wanted[done] ?? 0;
          let count = 1;
          while (count < rowsPerRead && wanted[done + count] === first + count) count++;
          const bytes = await readBytes(handle, offset + first * rowBytes, count * rowBytes, shown);
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
          const start = done * rowLength;
          for (let index = 0; index < count * rowLength; index++) {
            into[start + index] = element.read(view, index * element.size);
          }
          done += count;
        }
      },
      close: () => handle.close(),
    },
  };
}

async function readHeader(handle: FileHandle, shown: string): Promise<NpyHeader> {
  const start = Buffer.alloc(12);
  const { bytesRead } = await handle.read(start, 0, 12, 0);
  const version = start[6] ?? 0;
  if (bytesRead < 12 || !start.subarray(0, 6).equals(magic) || version < 1 || version > 3) {
    throw new CliError(`${shown} is not a .npy file of version 1, 2 or 3: save it with numpy.save.`);
  }
  const [lengthAt, length] = version === 1 ? [10, start.readUInt16LE(8)] : [12, start.readUInt32LE(8)];
  if (length > longestHeader) throw new CliError(`${shown} has a header of ${length} bytes: it is damaged.`);
  const text = (await readBytes(handle, lengthAt, length, shown)).toString("utf8");
  const type = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (type === undefined || order === undefined || shape === undefined) {
    throw new CliError(`${shown} does not hold a plain array of numbers: save one with numpy.save.`);
  }
  const sizes = shape.split(",").filter((part) => part.trim() !== "");
  return {
    type,
    fortranOrder: order === "True",
    shape: sizes.map((part) => Number.parseInt(part, 10)),
    offset: lengthAt + length,
  };
}

async function readBytes(handle: FileHandle, position: number, length: number, shown: string): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new CliError(`${shown} ends at byte ${position + done}: it is not complete.`);
    done += bytesRead;
  }
  return bytes;
}
