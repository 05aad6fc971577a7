/**
 * `npm run demo`: sets up what is missing and shows what QuantLens says about the example network: what its layers
 * cost, which rules it breaks at what price, and the official cost of the network as it was trained and pruned.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { root, runNode } from "./lib/process.mjs";
import { ensureBuilt, ensureInstalled } from "./setup.mjs";

const model = "examples/bacalhaunet/bacalhaunet.model.ts";
const published = path.join("..", "shared", "golden", "onnx", "bacalhaunet_gold.onnx");
const shipped = "examples/bacalhaunet/bacalhaunet.onnx";

/** Runs the built terminal program. Findings (exit code 1) are a result, too. */
async function quantlens(title, ...args) {
  console.log(`\n== ${title}\n$ quantlens ${args.join(" ")}\n`);
  const { code } = await runNode([path.join("dist", "cli.cjs"), ...args]);
  if (code > 1) throw new Error(`quantlens ${args[0]} could not run: see its message above.`);
}

try {
  await ensureInstalled();
  console.error("Building ...");
  await ensureBuilt();
  const [onnx, what] = existsSync(path.join(root, published))
    ? [published, "The official cost of the published network, trained and pruned"]
    : [shipped, "The official cost of the ONNX file that QuantLens wrote of it"];
  await quantlens("What each layer of the model file costs", "cost", model);
  await quantlens(what, "cost", onnx, "--breakdown");
  await quantlens("Which rules the model breaks with these weights, and the price", "check", model, "--weights", onnx);
  console.log(`
== The same in VS Code
  npm run package
  code --install-extension quantlens-*.vsix
  code ${path.dirname(model)}
Open ${path.basename(model)}: costs stand behind each layer, findings are underlined, the score is above the model.
Other editors: docs/editors.md`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
