/**
 * A reader of pickles that can make tensors and plain containers, and nothing else. Python's pickle is a program for a
 * stack machine that may call any function by name; here each opcode and each name is on an allow-list, calls only
 * build the plain values below, and nothing of the file is ever executed.
 *
 * Opcodes: CPython, Lib/pickletools.py (protocols 2 to 5).
 */
import { FileError } from "../../onnx/file-error.js";

/** A tensor as PyTorch pickles it: a window into a storage, which lies beside the pickle. */
export interface PickledTensor {
  readonly kind: "tensor";
  readonly storage: PickledStorage;
  /** In elements. */
  readonly offset: number;
  readonly shape: readonly number[];
  /** In elements, per dimension. */
  readonly stride: readonly number[];
}

export interface PickledStorage {
  readonly kind: "storage";
  /** `FloatStorage`. */
  readonly type: string;
  /** The archive's entry `data/<key>`. */
  readonly key: string;
  readonly size: number;
}

/** A name that the pickle refers to: `collections.OrderedDict`. */
interface Global {
  readonly kind: "global";
  readonly name: string;
}

/** A dict, an OrderedDict, or an object's state. Keys keep their order. */
export interface PickledDict {
  readonly kind: "dict";
  readonly entries: Map<unknown, unknown>;
}

export type PickledList = unknown[];

const marker = Symbol("mark");

/** Storages of torch by element type; others are refused. */
const storages = /^torch\.(?:Float|Double|Half|BFloat16|Long|Int|Short|Char|Byte|Bool)Storage$/;

/** What calls of allowed names make. */
const constructors: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  "collections.OrderedDict": () => ({ kind: "dict", entries: new Map() }) satisfies PickledDict,
  "torch._utils._rebuild_tensor_v2": ([storage, offset, shape, stride]) => tensor(storage, offset, shape, stride),
  "torch._utils._rebuild_parameter": ([data]) => data,
  "torch.Size": ([sizes]) => sizes,
};

/** What is on the stack, and what BINPUT and MEMOIZE have kept. */
interface Machine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position: number;
  readonly stack: unknown[];
  readonly memo: Map<number, unknown>;
}

/**
 * Gives the value that the pickle describes: dicts as `PickledDict`, lists and tuples as arrays, tensors as
 * `PickledTensor`, and strings, numbers, booleans and `null` as such.
 * @throws FileError naming what the pickle asks for that weights do not need.
 */
export function unpickle(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine: Machine = { bytes, view, position: 0, stack: [], memo: new Map() };
  try {
    for (;;) {
      const opcode = machine.view.getUint8(machine.position++);
      if (opcode === STOP) return machine.stack.pop();
      const run = opcodes.get(opcode);
      if (run === undefined) throw refused(`the opcode 0x${opcode.toString(16)}`);
      run(machine);
    }
  } catch (error) {
    // DataView's way to say that the bytes have ended.
    if (error instanceof RangeError) throw damaged();
    throw error;
  }
}

const STOP = 0x2e;

type Step = (machine: Machine) => void;

const push =
  (value: unknown): Step =>
  (machine) =>
    machine.stack.push(value);

/** Opcodes by their byte; the names in comments are those of pickletools. */
const opcodes: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x80, (machine) => void take(machine, 1)], // PROTO
  [0x95, (machine) => void take(machine, 8)], // FRAME
  [0x28, push(marker)], // MARK
  [0x4e, push(null)], // NONE
  [0x88, push(true)], // NEWTRUE
  [0x89, push(false)], // NEWFALSE
  [0x7d, (machine) => machine.stack.push({ kind: "dict", entries: new Map() } satisfies PickledDict)], // EMPTY_DICT
  [0x5d, (machine) => machine.stack.push([])], // EMPTY_LIST
  [0x29, push(Object.freeze([]))], // EMPTY_TUPLE
  [0x4b, (machine) => machine.stack.push(machine.view.getUint8(take(machine, 1)))], // BININT1
  [0x4d, (machine) => machine.stack.push(machine.view.getUint16(take(machine, 2), true))], // BININT2
  [0x4a, (machine) => machine.stack.push(machine.view.getInt32(take(machine, 4), true))], // BININT
  [0x47, (machine) => machine.stack.push(machine.view.getFloat64(take(machine, 8), false))], // BINFLOAT
  [0x8a, (machine) => machine.stack.push(longInteger(machine, machine.view.getUint8(take(machine, 1))))], // LONG1
  [0x58, (machine) => machine.stack.push(text(machine, machine.view.getUint32(take(machine, 4), true)))], // BINUNICODE
  [0x8c, (machine) => machine.stack.push(text(machine, machine.view.getUint8(take(machine, 1))))], // SHORT_BINUNICODE
  [0x63, (machine) => machine.stack.push(allowed(`${line(machine)}.${line(machine)}`))], // GLOBAL
  [0x93, stackGlobal], // STACK_GLOBAL
  [0x71, (machine) => void machine.memo.set(machine.view.getUint8(take(machine, 1)), top(machine))], // BINPUT
  [0x72, (machine) => void machine.memo.set(machine.view.getUint32(take(machine, 4), true), top(machine))], // LONG_BINPUT
  [0x94, (machine) => void machine.memo.set(machine.memo.size, top(machine))], // MEMOIZE
  [0x68, (machine) => machine.stack.push(recall(machine, machine.view.getUint8(take(machine, 1))))], // BINGET
  [0x6a, (machine) => machine.stack.push(recall(machine, machine.view.getUint32(take(machine, 4), true)))], // LONG_BINGET
  [0x85, (machine) => machine.stack.push(popMany(machine, 1))], // TUPLE1
  [0x86, (machine) => machine.stack.push(popMany(machine, 2))], // TUPLE2
  [0x87, (machine) => machine.stack.push(popMany(machine, 3))], // TUPLE3
  [0x74, (machine) => machine.stack.push(popToMark(machine))], // TUPLE
  [
    0x61,
    (machine) => {
      appendTo(machine, popMany(machine, 1));
    },
  ], // APPEND
  [
    0x65,
    (machine) => {
      appendTo(machine, popToMark(machine));
    },
  ], // APPENDS
  [
    0x73,
    (machine) => {
      setItems(machine, popMany(machine, 2));
    },
  ], // SETITEM
  [
    0x75,
    (machine) => {
      setItems(machine, popToMark(machine));
    },
  ], // SETITEMS
  [0x51, (machine) => machine.stack.push(persistent(pop(machine)))], // BINPERSID
  [0x52, reduce], // REDUCE
  // An object's own attributes, such as a state dictionary's `_metadata`: not weights.
  [0x62, (machine) => void pop(machine)], // BUILD
]);

/** The position of the next `count` bytes, which are passed. */
function take(machine: Machine, count: number): number {
  const start = machine.position;
  if (start + count > machine.bytes.length) throw damaged();
  machine.position += count;
  return start;
}

const decoder = new TextDecoder("utf-8");

function text(machine: Machine, length: number): string {
  const start = take(machine, length);
  return decoder.decode(machine.bytes.subarray(start, start + length));
}

/** Up to the next line feed. */
function line(machine: Machine): string {
  const end = machine.bytes.indexOf(0x0a, machine.position);
  if (end < 0) throw damaged();
  const found = text(machine, end - machine.position);
  machine.position++;
  return found;
}

/** Little-endian in two's complement; weights' files hold sizes, so 2^53 is far away. */
function longInteger(machine: Machine, length: number): number {
  const start = take(machine, length);
  let value = 0;
  for (let index = length - 1; index >= 0; index--) value = value * 256 + machine.view.getUint8(start + index);
  const negative = length > 0 && machine.view.getUint8(start + length - 1) >= 0x80;
  return negative ? value - 256 ** length : value;
}

function top(machine: Machine): unknown {
  if (machine.stack.length === 0) throw damaged();
  return machine.stack.at(-1);
}

function pop(machine: Machine): unknown {
  const value = top(machine);
  machine.stack.pop();
  return value;
}

function popMany(machine: Machine, count: number): unknown[] {
  if (machine.stack.length < count) throw damaged();
  return machine.stack.splice(machine.stack.length - count);
}

function popToMark(machine: Machine): unknown[] {
  const mark = machine.stack.lastIndexOf(marker);
  if (mark < 0) throw damaged();
  return machine.stack.splice(mark).slice(1);
}

function recall(machine: Machine, key: number): unknown {
  if (!machine.memo.has(key)) throw damaged();
  return machine.memo.get(key);
}

function appendTo(machine: Machine, items: readonly unknown[]): void {
  const list = top(machine);
  if (!Array.isArray(list) || Object.isFrozen(list)) throw damaged();
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const dict = top(machine);
  if (!isDict(dict) || items.length % 2 !== 0) throw damaged();
  for (let index = 0; index < items.length; index += 2) dict.entries.set(items[index], items[index + 1]);
}

function stackGlobal(machine: Machine): void {
  const [module, name] = popMany(machine, 2);
  if (typeof module !== "string" || typeof name !== "string") throw damaged();
  machine.stack.push(allowed(`${module}.${name}`));
}

function allowed(name: string): Global {
  if (!Object.hasOwn(constructors, name) && !storages.test(name)) throw refused(`"${name}"`);
  return { kind: "global", name };
}

function reduce(machine: Machine): void {
  const [callee, args] = popMany(machine, 2);
  const construct = isGlobal(callee) && Object.hasOwn(constructors, callee.name) && constructors[callee.name];
  if (!construct || !Array.isArray(args)) throw damaged();
  machine.stack.push(construct(args));
}

/** PyTorch's reference to a storage: ("storage", type, key, device, number of elements). */
function persistent(reference: unknown): PickledStorage {
  if (!Array.isArray(reference)) throw damaged();
  const [tag, type, key, , size] = reference as readonly unknown[];
  if (tag !== "storage" || !isGlobal(type) || typeof key !== "string" || !isCount(size)) throw damaged();
  return { kind: "storage", type: type.name.slice("torch.".length), key, size };
}

function tensor(storage: unknown, offset: unknown, shape: unknown, stride: unknown): PickledTensor {
  if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(stride)) throw damaged();
  if (shape.length !== stride.length) throw damaged();
  return { kind: "tensor", storage, offset, shape, stride };
}

export function isDict(value: unknown): value is PickledDict {
  return hasKind(value, "dict");
}

export function isTensor(value: unknown): value is PickledTensor {
  return hasKind(value, "tensor");
}

function isStorage(value: unknown): value is PickledStorage {
  return hasKind(value, "storage");
}

function isGlobal(value: unknown): value is Global {
  return hasKind(value, "global");
}

function hasKind(value: unknown, kind: string): boolean {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** PyTorch has at most 64 dimensions. A longer list may be there for a thousand tensors to be compared with. */
const MAX_RANK = 64;

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= MAX_RANK && value.every(isCount);
}

function refused(what: string): FileError {
  return new FileError(
    `The checkpoint asks for ${what}, which a state dictionary does not need and which is never run; save it with torch.save(model.state_dict(), path).`,
  );
}

function damaged(): FileError {
  return new FileError(
    "The checkpoint's pickle is damaged or is no state dictionary; save it again with torch.save(model.state_dict(), path).",
  );
}
