/** The Python module: imports, quantisers, the network. */
import type { PlacedModule } from "./network.js";
import type { QuantizerClasses } from "./quantizers.js";

export interface ModuleText {
  /** Of the network. */
  readonly className: string;
  /** The model file's name, version of the program that writes, and input shape: for the docstring. */
  readonly origin: string;
  readonly inputShape: readonly number[];
  readonly modules: readonly PlacedModule[];
  readonly classes: QuantizerClasses;
  readonly forward: readonly string[];
  /** The variable that forward returns. */
  readonly result: string;
}

/** The module's source. */
export function moduleText(written: ModuleText): string {
  const { className, origin, inputShape, modules, classes, forward, result } = written;
  const tree = treeOf(modules);
  const parts = [
    `"""${docText(origin)}\n\nNeeds PyTorch and Brevitas 0.6. Names of layers, and so of the state dictionary, are the model file's.\n"""\n\n${imports(written)}`,
    ...[...classes.classes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text),
    ...(modules.some(({ path }) => path.length > 1) ? [scopeClass] : []),
    `class ${className}(nn.Module):\n    """Input ${inputShape.join(" x ")}, of any batch size."""\n\n` +
      `    def __init__(self):\n        super().__init__()\n${[...tree].map(([name, node]) => attribute(name, node)).join("")}\n` +
      `    def forward(self, x):\n${[...forward, `return ${result}`].map((line) => `        ${line}\n`).join("")}`,
  ];
  return parts.join("\n\n");
}

/** What may stand in a docstring, on one line. */
function docText(text: string): string {
  return text.replace(/[\\"\p{Cc}]/gu, " ");
}

const scopeClass = `class Scope(nn.Module):
    """Layers by name; those that are called by a number are indexed by it."""

    def __init__(self, layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)

    def __getitem__(self, name):
        return self._modules[str(name)]
`;

function imports({ modules, classes, forward }: ModuleText): string {
  const uses = (word: string) =>
    modules.some(({ construct }) => construct.includes(word)) || forward.some((line) => line.includes(word));
  const { bases, enums } = classes;
  return [
    ...(uses("torch.") ? ["import torch"] : []),
    ...(uses("F.") ? ["import torch.nn.functional as F"] : []),
    "from torch import nn",
    ...(uses("qnn.") ? ["", "import brevitas.nn as qnn"] : []),
    ...(enums.size > 0 ? [`from brevitas.inject.enum import ${[...enums].sort().join(", ")}`] : []),
    ...(bases.size > 0 ? [`from brevitas.quant import ${[...bases].sort().join(", ")}`] : []),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** Modules and scopes of them by name. */
type Tree = Map<string, Tree | string>;

function treeOf(modules: readonly PlacedModule[]): Tree {
  const root: Tree = new Map();
  for (const { path, construct } of modules) {
    let scope = root;
    for (const name of path.slice(0, -1)) {
      const found = scope.get(name);
      const next: Tree = typeof found === "object" ? found : new Map<string, Tree | string>();
      scope.set(name, next);
      scope = next;
    }
    scope.set(path.at(-1) ?? "", construct);
  }
  return root;
}

function attribute(name: string, node: Tree | string): string {
  const place = /^[0-9]/.test(name) ? `self.add_module("${name}", ` : `self.${name} = `;
  return `        ${place}${expression(node, 8)}${/^[0-9]/.test(name) ? ")" : ""}\n`;
}

function expression(node: Tree | string, indent: number): string {
  if (typeof node === "string") return node;
  const spaces = " ".repeat(indent + 4);
  const lines = [...node].map(([name, child]) => `${spaces}"${name}": ${expression(child, indent + 4)},\n`);
  return `Scope({\n${lines.join("")}${" ".repeat(indent)}})`;
}
