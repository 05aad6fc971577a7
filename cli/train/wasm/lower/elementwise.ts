/** Sums, products, activations that no quantiser kernel covers, and dropout. */
import { dropThreshold } from "../../dropout.js";
import type { TrainOp } from "../../program.js";
import type { EmitContext, NodeId } from "../flow/flow.js";
import { elementCount, type Layout } from "../layout.js";
import type { Compilation } from "./compilation.js";
import { broadcast, lowerAlias } from "./shapes.js";

type Op<Kind extends TrainOp["kind"]> = Extract<TrainOp, { readonly kind: Kind }>;
type Binary = Op<"add" | "mul">;
/** The kinds that one type of operator covers include two that are lowered elsewhere. */
type Activating = Op<"relu" | "sigmoid" | "tanh" | "identity"> | Op<"elu"> | Op<"selu">;

export function lowerAdd(c: Compilation, op: Binary): void {
  const to = c.layout(op.output);
  const terms = op.inputs.map((input, at) => broadcast(c, `broadcast ${at} of ${op.output}`, input, to));
  const node = c.sum(
    op.name,
    terms.map((term) => term.node),
  );
  c.setOutput(op, node, {
    run: (gradient) => {
      for (const [at, input] of op.inputs.entries()) {
        const term = terms[at];
        if (term && c.learns(input)) c.addGradient(input, term.back(gradient));
      }
    },
  });
}

export function lowerMul(c: Compilation, op: Binary): void {
  const to = c.layout(op.output);
  const factors = op.inputs.map((input, at) => broadcast(c, `broadcast ${at} of ${op.output}`, input, to));
  const product = (name: string, inputs: readonly NodeId[]): NodeId =>
    c.flow.node({
      name,
      inputs,
      floats: to.floats,
      accumulates: true,
      emit: ({ input, output, accumulate, call }) => {
        call("mul", to.floats, input(0), input(1), output, accumulate);
      },
    });
  const node = product(
    op.name,
    factors.map((factor) => factor.node),
  );
  c.setOutput(op, node, {
    run: (gradient) => {
      for (const [at, input] of op.inputs.entries()) {
        const [factor, other] = [factors[at], factors[1 - at]];
        if (factor && other && c.learns(input)) {
          c.addGradient(input, factor.back(product(op.name, [gradient, other.node])));
        }
      }
    },
  });
}

/** How an activation and its gradient are called. */
interface Activation {
  readonly forward: (context: EmitContext, layout: Layout) => void;
  /** Inputs are the gradient and what `from` says. */
  readonly backward: (context: EmitContext, layout: Layout) => void;
  readonly from: "input" | "output";
}

export function lowerActivation(c: Compilation, op: Activating): void {
  const [input = 0] = op.inputs;
  const layout = c.layout(input);
  const activation = activationOf(op);
  const x = c.node(input);
  const node = c.flow.node({
    name: op.name,
    inputs: [x],
    floats: layout.floats,
    hosting: { kind: "inPlace" },
    emit: (context) => {
      activation.forward(context, layout);
    },
  });
  c.setOutput(op, node, {
    run: (gradient) => {
      const term = c.flow.node({
        name: op.name,
        inputs: [gradient, activation.from === "input" ? x : node],
        floats: layout.floats,
        hosting: { kind: "inPlace" },
        emit: (context) => {
          activation.backward(context, layout);
        },
      });
      c.addGradient(input, term);
    },
  });
}

function activationOf(op: Activating): Activation {
  switch (op.kind) {
    case "relu":
    case "identity":
      throw new RangeError(`${op.name} needs no kernel of its own`);
    case "sigmoid":
      return {
        from: "output",
        forward: ({ input, output, call }, { rows, channels, padded, floats }) => {
          call("sigmoid", floats, input(0), output);
          if (padded > channels) call("clearPadding", rows, channels, padded, output);
        },
        backward: ({ input, output, call }, { floats }) => {
          call("sigmoidGrad", floats, input(1), input(0), output);
        },
      };
    case "tanh":
      return {
        from: "output",
        forward: ({ input, output, call }, { floats }) => {
          call("tanh", floats, input(0), output);
        },
        backward: ({ input, output, call }, { floats }) => {
          call("tanhGrad", floats, input(1), input(0), output);
        },
      };
    case "elu":
    case "selu": {
      const { alpha } = op;
      const gamma = op.kind === "selu" ? op.gamma : 1;
      return {
        from: "input",
        forward: ({ input, output, call }, { floats }) => {
          call("elu", floats, input(0), alpha, gamma, output);
        },
        backward: ({ input, output, call }, { floats }) => {
          call("eluGrad", floats, input(1), alpha, gamma, input(0), output);
        },
      };
    }
  }
}

export function lowerDropout(c: Compilation, op: Op<"dropout">, index: number): void {
  if (!c.purpose.training || op.p === 0) {
    lowerAlias(c, op);
    return;
  }
  const [input = 0] = op.inputs;
  const layout = c.layout(input);
  const { rows, padded, floats } = layout;
  const key = c.store.room(`dropout ${index}`, 4);
  const task = c.flow.task({ kind: "dropoutKey", seed: c.purpose.seed, op: index, key }, {});
  // With p = 1 nothing is kept and nothing may become infinite.
  const keepScale = op.p < 1 ? 1 / (1 - op.p) : 0;
  const drop = (x: NodeId): NodeId =>
    c.flow.node({
      name: op.name,
      inputs: [x],
      floats,
      after: [task],
      hosting: { kind: "inPlace" },
      emit: ({ input: place, output, call }) => {
        const sample = { space: "sample", perSample: elementCount(layout) } as const;
        const threshold = Math.min(dropThreshold(op.p), 0xffff_ffff);
        call("dropout", rows, padded, place(0), { space: "int32", bytes: key }, sample, threshold, keepScale, output);
      },
    });
  c.setOutput(op, drop(c.node(input)), {
    run: (gradient) => {
      c.addGradient(input, drop(gradient));
    },
  });
}
