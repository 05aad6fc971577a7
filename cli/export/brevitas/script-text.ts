/** The script that exports the module by Brevitas and prints its official cost. */
import type { Baseline } from "../../../shared/cost/types.js";

export interface ScriptText {
  /** Names of the Python module and of the network in it. */
  readonly moduleName: string;
  readonly className: string;
  readonly inputShape: readonly number[];
  /** What the score is measured against. */
  readonly baseline: Baseline;
}

export function scriptText({ moduleName, className, inputShape, baseline }: ScriptText): string {
  return `"""Exports ${className} by Brevitas and prints its official inference cost.

Needs PyTorch, Brevitas 0.6 and finn-base (branch feature/itu_competition_21) or qonnx.
"""

import json
from pathlib import Path

import torch
from brevitas.export.onnx.generic.manager import BrevitasONNXManager

from ${moduleName} import ${className}

try:
    from finn.util.inference_cost import inference_cost
except ImportError:
    from qonnx.util.inference_cost import inference_cost

BASELINE_BOPS = ${baseline.bops}
BASELINE_W_BITS = ${baseline.memWBits}


def load():
    """The network with its trained weights, in evaluation mode."""
    state = torch.load(Path(__file__).with_name("${moduleName}.pth"), map_location="cpu")
    network = ${className}()
    network.load_state_dict(state, strict=True)
    return network.eval()


def main():
    exported = "${moduleName}_export.onnx"
    BrevitasONNXManager.export(load(), input_t=torch.randn(${inputShape.join(", ")}), export_path=exported)
    inference_cost(
        exported,
        output_json="${moduleName}_cost.json",
        output_onnx="${moduleName}_final.onnx",
        preprocess=True,
        discount_sparsity=True,
    )
    with open("${moduleName}_cost.json") as file:
        cost = json.load(file)
    cost = cost.get("total_cost", cost)
    print(json.dumps(cost, indent=2))
    score = ${baseline.bopsWeight} * cost["total_bops"] / BASELINE_BOPS
    score += ${baseline.memWWeight} * cost["total_mem_w_bits"] / BASELINE_W_BITS
    print(f"score {score:.6f}")


if __name__ == "__main__":
    main()
`;
}
