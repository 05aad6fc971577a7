/**
 * Finds what one kernel call does at once: batch norm, then ReLU or clip, then an integer quantiser, each of them optional,
 * where nobody else reads what is between them.
 */
import type { QuantizerId, TrainOp, TrainProgram, ValueId } from "../../program.js";
import { useKey, type Purpose } from "./compilation.js";

export interface Chain {
  readonly name: string;
  readonly input: ValueId;
  readonly output: ValueId;
  readonly norm?: Extract<TrainOp, { readonly kind: "batchNorm" }>;
  readonly relu?: true;
  readonly clip?: Extract<TrainOp, { readonly kind: "clip" }>;
  readonly quantizer?: ChainQuantizer;
}

export interface ChainQuantizer {
  readonly id: QuantizerId;
  /** Which of the quantiser's uses it is. */
  readonly use: number;
}

/** A chain, or an operator that is none, at the place of its last operator. */
export type Step =
  | { readonly kind: "chain"; readonly chain: Chain }
  | { readonly kind: "op"; readonly op: TrainOp; readonly index: number };

export function findSteps(program: TrainProgram, purpose: Purpose): readonly Step[] {
  const readers = new Map<ValueId, number>();
  for (const op of program.ops) for (const input of op.inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
  const isInner = (value: ValueId): boolean =>
    readers.get(value) === 1 && value !== program.output && !purpose.wanted.has(value);
  const uses = new Map<QuantizerId, number>();
  const steps: (Step | undefined)[] = [];
  const chains = new Map<ValueId, { readonly at: number; readonly chain: Chain }>();
  for (const [index, op] of program.ops.entries()) {
    const link = linkOf(program, op, uses);
    if (link === undefined) {
      steps.push({ kind: "op", op, index });
      continue;
    }
    const [input = 0] = op.inputs;
    const before = isInner(input) ? chains.get(input) : undefined;
    const chain: Chain = { input, ...link, name: op.name, output: op.output };
    if (before && canJoin(program, purpose, before.chain, link)) {
      steps[before.at] = undefined;
      const joined = { ...before.chain, ...link, name: op.name, output: op.output };
      chains.set(op.output, { at: steps.push({ kind: "chain", chain: joined }) - 1, chain: joined });
      continue;
    }
    const at = steps.push({ kind: "chain", chain }) - 1;
    chains.set(op.output, { at, chain });
  }
  return steps.filter((step) => step !== undefined);
}

type Link = Pick<Chain, "norm" | "relu" | "clip" | "quantizer">;

function linkOf(program: TrainProgram, op: TrainOp, uses: Map<QuantizerId, number>): Link | undefined {
  switch (op.kind) {
    case "batchNorm":
      return { norm: op };
    case "relu":
      return { relu: true };
    case "clip":
      return { clip: op };
    case "quantize": {
      const use = uses.get(op.quantizer) ?? 0;
      uses.set(op.quantizer, use + 1);
      const spec = program.quantizers[op.quantizer];
      return spec && { quantizer: { id: op.quantizer, use } };
    }
    default:
      return undefined;
  }
}

/** True if one kernel call can do what the chain does and the link behind it. */
function canJoin(program: TrainProgram, purpose: Purpose, chain: Chain, link: Link): boolean {
  if (chain.quantizer !== undefined || link.norm !== undefined) return false;
  if (link.relu || link.clip) return !chain.relu && !chain.clip;
  // A clipped value has a gradient to the quantiser's scale that the sums do not tell apart.
  if (link.quantizer === undefined || chain.clip) return false;
  const { id, use } = link.quantizer;
  const spec = program.quantizers[id];
  const isPlain = spec?.kind === "int" && (spec.channelAxis === undefined || spec.channelAxis === 0);
  return isPlain && !purpose.collecting.has(useKey(id, use));
}
