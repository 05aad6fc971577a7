/**
 * Checkpoints: one safetensors file with the network and where its training stands. The parameters have their plain
 * names and come first, as the network computes with them (pruned ones 0, with their quantisers' scales), so that other
 * programs and the cost of a model find weights. Then, in groups: `mask/<weight>` (0 where pruned), `stored/<weight>`
 * (the weight as it is trained, where that is another), `optimizer/<buffer>`. Metadata: JSON under `CHECKPOINT_KEY`.
 */
import { elementCount } from "../../../shared/graph/graph.js";
import { CHECKPOINT_KEY, readSafetensorsFile, writeSafetensors } from "../../../shared/weights/safetensors.js";
import type { ByteSource } from "../../../shared/weights/byte-source.js";
import type { WeightEntry } from "../../../shared/weights/types.js";
import { programWeights } from "../lower/program-weights.js";
import type { ParameterSpec, TrainProgram } from "../program.js";
import { isAbsentOr, isCount, isRecord, isShaped, isText, parseJson, type Guard } from "./guards.js";
import { isRunState, type RunState } from "./state.js";

/** Goes up when an older reader would misunderstand the file. */
export const checkpointFormat = 1;

export interface CheckpointMeta {
  readonly format: typeof checkpointFormat;
  /** Name and version of the program that wrote it. */
  readonly tool: string;
  readonly model: { readonly name: string; readonly file: string; readonly sha256: string };
  /** Of the architecture, see `fingerprintOf`. */
  readonly fingerprint: string;
  /** Training calls of each learned quantiser that were spent collecting. */
  readonly collected: Readonly<Record<string, number>>;
  /** Where the run stands; absent in a file that no run goes on from. */
  readonly state?: RunState;
}

/** The tensors of a network in training. */
export interface SavedNetwork {
  /** By name, all of the program's; weights as they are trained, unmasked. */
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly masks: ReadonlyMap<string, Uint8Array>;
  /** Of the optimiser, by name. */
  readonly buffers: ReadonlyMap<string, Float32Array>;
}

export interface Checkpoint extends SavedNetwork {
  readonly meta: CheckpointMeta;
}

/** The bytes of a checkpoint; the same network and state give the same bytes. */
export function encodeCheckpoint(program: TrainProgram, { meta, ...network }: Checkpoint): Uint8Array {
  const { parameters, masks, buffers } = network;
  const weights = new Map(programWeights({ program, parameters, masks }).entries.map((entry) => [entry.name, entry]));
  const plain: WeightEntry[] = [];
  const others: WeightEntry[] = [];
  for (const { name, shape } of program.parameters) {
    const data = parameters.get(name) ?? new Float32Array(elementCount(shape));
    const weight = weights.get(name);
    const mask = masks.get(name);
    plain.push(weight ?? { name, shape, data });
    if (mask) others.push({ name: `mask/${name}`, shape, data: mask });
    if (weight && !sameBits(weight.data, data)) others.push({ name: `stored/${name}`, shape, data });
  }
  // Buffers of learned scales come late, and in another order in a run that was taken up.
  const inOrder = [...buffers].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, data] of inOrder) others.push({ name: `optimizer/${name}`, shape: [data.length], data });
  return writeSafetensors([...plain, ...others], { [CHECKPOINT_KEY]: JSON.stringify(meta) });
}

function sameBits(a: WeightEntry["data"], b: Float32Array): boolean {
  return a instanceof Float32Array && Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(bytesOf(b));
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

export type DecodedCheckpoint =
  | { readonly kind: "checkpoint"; readonly value: Checkpoint }
  /** A safetensors file of another program, or of an export: weights without a training. */
  | { readonly kind: "foreign" }
  | { readonly kind: "unusable"; /** One sentence without the file's name. */ readonly message: string };

/** Reads a checkpoint of this program. Never throws on what the bytes are. */
export function decodeCheckpoint(program: TrainProgram, bytes: Uint8Array | ByteSource): DecodedCheckpoint {
  // Of a weight that is stored as it is trained, too, the pruned form is not needed.
  const { value: file, problems } = readSafetensorsFile(bytes, (name, names) => !names.has(`stored/${name}`));
  if (file === undefined) return unusable(problems[0]?.message ?? "The file cannot be read.");
  const text = file.metadata.get(CHECKPOINT_KEY);
  if (text === undefined) return { kind: "foreign" };
  const newer = parseJson(text, isShaped<{ format: number; tool: string }>({ format: isCount, tool: isText }));
  if (newer !== undefined && newer.format > checkpointFormat) {
    return unusable(
      `The checkpoint was written by ${newer.tool} in format ${newer.format}, and this version reads ${checkpointFormat}: update quantlens.`,
    );
  }
  const meta = parseJson(text, isMeta);
  if (meta === undefined) return unusable("The checkpoint's metadata is damaged: use another checkpoint.");
  return collect(program, meta, new Map(file.tensors.map((tensor) => [tensor.name, tensor])));
}

function unusable(message: string): DecodedCheckpoint {
  return { kind: "unusable", message };
}

function collect(
  program: TrainProgram,
  meta: CheckpointMeta,
  tensors: ReadonlyMap<string, WeightEntry>,
): DecodedCheckpoint {
  const parameters = new Map<string, Float32Array>();
  const masks = new Map<string, Uint8Array>();
  const buffers = new Map<string, Float32Array>();
  for (const spec of program.parameters) {
    const stored = tensors.get(`stored/${spec.name}`) ?? tensors.get(spec.name);
    if (!(stored?.data instanceof Float32Array) || !fits(spec, stored)) return unusable(missing(spec, stored));
    parameters.set(spec.name, stored.data);
    const mask = tensors.get(`mask/${spec.name}`);
    if (mask === undefined) continue;
    if (!(mask.data instanceof Uint8Array) || !fits(spec, mask)) return unusable(missing(spec, mask));
    masks.set(spec.name, mask.data);
  }
  const group = "optimizer/";
  for (const { name, data } of tensors.values()) {
    if (name.startsWith(group) && data instanceof Float32Array) buffers.set(name.slice(group.length), data);
  }
  return { kind: "checkpoint", value: { meta, parameters, masks, buffers } };
}

function fits({ shape }: ParameterSpec, entry: WeightEntry): boolean {
  return shape.join() === entry.shape.join();
}

function missing({ name, shape }: ParameterSpec, found: WeightEntry | undefined): string {
  const advice = "use a checkpoint of this architecture";
  const text = (size: ParameterSpec["shape"]): string => size.join("×") || "a scalar";
  return found === undefined
    ? `The checkpoint has no "${name}" (${text(shape)}), which the model needs: ${advice}.`
    : `The checkpoint's "${name}" is ${text(found.shape)} and the model's is ${text(shape)}: ${advice}.`;
}

const isModel = isShaped<CheckpointMeta["model"]>({ name: isText, file: isText, sha256: isText });

const isFormat: Guard<typeof checkpointFormat> = (value): value is typeof checkpointFormat =>
  value === checkpointFormat;

const isMeta = isShaped<CheckpointMeta>({
  format: isFormat,
  tool: isText,
  model: isModel,
  fingerprint: isText,
  collected: isRecord(isCount),
  state: isAbsentOr(isRunState),
});
