/** A program with its parameters on the wasm backend. */
import type { Batch, Session, SessionOptions, StepOptions, StepResult } from "../backend.js";
import type { QuantizerSpec, TrainProgram, ValueId } from "../program.js";
import { evaluationScales } from "../scales.js";
import { Arena } from "./arena.js";
import { product, roundUp } from "./layout.js";
import { useKey, type Purpose } from "./lower/compilation.js";
import { compilePlan, type BatchBuffer, type CompiledPlan } from "./lower/compile.js";
import type { KernelModule } from "./load-kernels.js";
import { Store } from "./store.js";
import type { RunSettings } from "./tasks/task.js";
import { startTeam, type Team } from "./threads/team.js";
import type { RunMemory } from "./threads/thread.js";

/**
 * Pieces that a batch is cut into. Each has accumulators of its own, which are added up in order: results do not depend on the
 * number of threads up to this.
 */
const chunks = 16;

/** How long each stage of a plan has taken, in milliseconds. */
export interface StageTime {
  readonly name: string;
  readonly milliseconds: number;
}

interface InstalledPlan extends CompiledPlan {
  readonly id: number;
  readonly times: number;
}

export class WasmSession implements Session {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly gradients: Map<string, Float32Array>;
  readonly collected: Map<string, number>;
  readonly masks = new Map<string, Uint8Array>();
  private readonly ownGradients: ReadonlyMap<string, Float32Array>;
  private readonly arena = new Arena();
  private readonly store: Store;
  private readonly plans = new Map<string, InstalledPlan>();
  private team: Team | undefined;
  private readonly threads: number;
  /** Grows when a plan needs more. */
  private room = { scratch: 0, scratchBytes: 0, slots: 0, slotBytes: 0, batch: 0, batchBytes: 0 };

  private constructor(
    readonly program: TrainProgram,
    private readonly options: SessionOptions & { readonly threads: number },
  ) {
    const { rounding = true, inferenceOnly = false } = options;
    this.threads = options.threads;
    this.store = new Store(program, this.arena, { rounding, inferenceOnly });
    this.parameters = new Map(program.parameters.map(({ name, shape }) => [name, new Float32Array(product(shape))]));
    this.ownGradients = new Map(
      program.parameters
        .filter(({ trainable }) => trainable)
        .map(({ name, shape }) => [name, new Float32Array(product(shape))]),
    );
    this.gradients = new Map(this.ownGradients);
    const learned = program.quantizers.filter(({ scale }) => scale.kind === "learned");
    this.collected = new Map(learned.map(({ name }) => [name, 0]));
  }

  static async open(
    program: TrainProgram,
    options: SessionOptions & { readonly threads: number },
    kernels: KernelModule,
  ): Promise<WasmSession> {
    const session = new WasmSession(program, options);
    session.team = await startTeam(kernels, session.arena.memory, options.threads);
    return session;
  }

  setMask(weight: string, mask: Uint8Array | undefined): void {
    const { mask: address, count } = this.store.parameter(weight);
    if (address === undefined) throw new RangeError(`${weight} is no weight`);
    if (mask && mask.length !== count)
      throw new RangeError(`the mask of ${weight} has ${mask.length} elements, not ${count}`);
    const factors = this.arena.floats(address, count);
    if (mask) factors.set(mask);
    else factors.fill(1);
    if (mask) this.masks.set(weight, mask);
    else this.masks.delete(weight);
  }

  async trainStep(batch: Batch, options: StepOptions): Promise<StepResult> {
    if (this.options.inferenceOnly === true) throw new RangeError("the session was opened for inference only");
    const { size } = batch;
    if (size < 1 || size > this.options.batchSize) {
      throw new RangeError(`a batch has 1 to ${this.options.batchSize} samples, not ${size}`);
    }
    const collecting = this.collectingUses();
    const plan = this.planFor({
      training: true,
      backward: options.forwardOnly !== true,
      collecting,
      seed: this.options.seed ?? 0,
      wanted: new Set(),
    });
    const { input, labels, teacher } = plan.buffers;
    this.writeFloats(input, batch.x, 0, size);
    this.arena.integers(this.room.batch + labels.begin, size).set(batch.labels.subarray(0, size));
    if (options.distillation) this.writeFloats(teacher, options.distillation.logits, 0, size);
    await this.run(plan, {
      size,
      step: options.step,
      labelSmoothing: options.labelSmoothing ?? 0,
      ...(options.distillation && {
        distillation: { temperature: options.distillation.temperature, weight: options.distillation.weight },
      }),
      freezeBatchNorm: options.freezeBatchNorm ?? false,
      collected: this.program.quantizers.map(({ name }) => this.collected.get(name) ?? 0),
    });
    this.readBuffers(collecting);
    if (options.forwardOnly !== true) this.readGradients(collecting);
    this.countCollected(collecting);
    const [loss = Number.NaN, correct = 0] = this.arena.doubles(plan.loss, 2);
    return { loss, correct };
  }

  async predict(x: Float32Array, size: number): Promise<Float32Array> {
    const { output } = this.program;
    const found = await this.activations(x, size, [output]);
    return found.get(output) ?? new Float32Array(0);
  }

  async activations(
    x: Float32Array,
    size: number,
    values: readonly ValueId[],
  ): Promise<ReadonlyMap<ValueId, Float32Array>> {
    const wanted = new Set(values);
    const plan = this.planFor({ training: false, backward: false, collecting: new Set(), seed: 0, wanted });
    const found = new Map(
      [...plan.buffers.outputs].map(([value, { perSample }]) => [value, new Float32Array(size * perSample)]),
    );
    const settings = { step: 0, labelSmoothing: 0, freezeBatchNorm: true, collected: [] };
    const block = this.evaluationBlock(wanted);
    for (let begin = 0; begin < size; begin += block) {
      const count = Math.min(block, size - begin);
      this.writeFloats(plan.buffers.input, x, begin, count);
      await this.run(plan, { ...settings, size: count });
      for (const [value, buffer] of plan.buffers.outputs) {
        const read = this.arena.floats(this.room.batch + buffer.begin, count * buffer.perSample);
        found.get(value)?.set(read, begin * buffer.perSample);
      }
    }
    return found;
  }

  scales(): ReadonlyMap<string, Float32Array> {
    return evaluationScales(this.program, this.parameters);
  }

  async close(): Promise<void> {
    await this.team?.close();
  }

  /** Of all steps and evaluations so far, for profiles. */
  stageTimes(): readonly StageTime[] {
    return [...this.plans.values()].flatMap(({ stages, times }) =>
      stages.map(({ name }, stage) => ({
        name,
        milliseconds: this.arena.doubles(times, stages.length + 1)[stage + 1] ?? 0,
      })),
    );
  }

  /** Which uses of quantisers still take their threshold from the batch. */
  private collectingUses(): ReadonlySet<string> {
    const uses = new Map<number, number>();
    const found = new Set<string>();
    for (const op of this.program.ops) {
      if (op.kind !== "quantize") continue;
      const spec = this.store.quantizer(op.quantizer);
      const use = uses.get(op.quantizer) ?? 0;
      uses.set(op.quantizer, use + 1);
      if (use < this.stepsToCollect(spec)) found.add(useKey(op.quantizer, use));
    }
    return found;
  }

  private stepsToCollect({ name, scale }: QuantizerSpec): number {
    return scale.kind === "learned" ? scale.collectSteps - (this.collected.get(name) ?? 0) : 0;
  }

  private countCollected(collecting: ReadonlySet<string>): void {
    for (const key of collecting) {
      const { name } = this.store.quantizer(Number(key.split(" ")[0]));
      this.collected.set(name, (this.collected.get(name) ?? 0) + 1);
    }
  }

  /** Plans are made when they are needed first. */
  private planFor(purpose: Purpose): InstalledPlan {
    const { training, backward, collecting, wanted } = purpose;
    const key = JSON.stringify([training, backward, [...collecting].sort(), [...wanted].sort((a, b) => a - b)]);
    const known = this.plans.get(key);
    if (known) return known;
    const batchSize = training ? this.options.batchSize : this.evaluationBlock(wanted);
    const compiled = compilePlan(this.program, this.store, purpose, batchSize);
    const id = this.plans.size;
    const made = { ...compiled, id, times: this.arena.reserve(8 * (compiled.stages.length + 1)) };
    this.makeRoom(made);
    const { prologue, begin, stages, epilogue } = compiled;
    this.team?.install({ id, prologue, begin, stages, epilogue });
    this.plans.set(key, made);
    return made;
  }

  /** Samples that are evaluated at once: enough for all threads, without filling the memory with what is asked for. */
  private evaluationBlock(wanted: ReadonlySet<ValueId>): number {
    const numbers = [...wanted].reduce((sum, value) => sum + product(this.program.values[value]?.shape ?? []), 1);
    const mostNumbers = 2 ** 24;
    return Math.max(1, Math.min(this.options.batchSize, Math.floor(mostNumbers / numbers)));
  }

  private makeRoom({ scratchBytes, slotBytes, batchBytes }: CompiledPlan): void {
    const { room, arena } = this;
    const wanted = {
      scratchBytes: roundUp(scratchBytes, 64),
      slotBytes: roundUp(slotBytes, 64),
      batchBytes: roundUp(batchBytes, 64),
    };
    if (wanted.scratchBytes > room.scratchBytes) {
      room.scratch = arena.reserve(wanted.scratchBytes * this.threads);
      room.scratchBytes = wanted.scratchBytes;
    }
    if (wanted.slotBytes > room.slotBytes) {
      room.slots = arena.reserve(wanted.slotBytes * this.chunks);
      room.slotBytes = wanted.slotBytes;
    }
    if (wanted.batchBytes > room.batchBytes) {
      room.batch = arena.reserve(wanted.batchBytes);
      room.batchBytes = wanted.batchBytes;
    }
  }

  private get chunks(): number {
    return Math.max(chunks, this.threads);
  }

  private async run(plan: InstalledPlan, settings: RunSettings): Promise<void> {
    for (const [name, values] of this.parameters) {
      this.arena.floats(this.store.parameter(name).value, values.length).set(values);
    }
    const { scratch, scratchBytes, slots, slotBytes, batch } = this.room;
    const memory: RunMemory = {
      scratch: { begin: scratch, stride: scratchBytes },
      slots: { begin: slots, stride: slotBytes, count: this.chunks },
      batch,
      times: plan.times,
    };
    await this.team?.run({ plan: plan.id, memory, settings });
  }

  private writeFloats({ begin, perSample }: BatchBuffer, values: Float32Array, from: number, count: number): void {
    const target = this.arena.floats(this.room.batch + begin, count * perSample);
    target.set(values.subarray(from * perSample, (from + count) * perSample));
  }

  /** What a step changes besides gradients: running statistics, and thresholds that were tracked. */
  private readBuffers(collecting: ReadonlySet<string>): void {
    const tracked = new Set(this.collectedThresholds(collecting));
    for (const [name, values] of this.parameters) {
      const { spec, value } = this.store.parameter(name);
      const isStatistic = spec.kind === "runningMean" || spec.kind === "runningVar" || tracked.has(name);
      if (isStatistic) values.set(this.arena.floats(value, values.length));
    }
  }

  private readGradients(collecting: ReadonlySet<string>): void {
    const tracked = new Set(this.collectedThresholds(collecting));
    // Entries keep the order of the parameters, also of a threshold that joins late.
    this.gradients.clear();
    for (const [name, values] of this.ownGradients) {
      const { gradient } = this.store.parameter(name);
      if (gradient === undefined || tracked.has(name)) continue;
      values.set(this.arena.floats(gradient, values.length));
      this.gradients.set(name, values);
    }
  }

  private collectedThresholds(collecting: ReadonlySet<string>): readonly string[] {
    return [...collecting].flatMap((key) => {
      const { scale } = this.store.quantizer(Number(key.split(" ")[0]));
      return scale.kind === "learned" ? [scale.parameter] : [];
    });
  }
}
