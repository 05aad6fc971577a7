/**
 * `npm run demo`: sets up what is missing and shows what QuantLens says about the example network: what its layers
 * cost, which rules it breaks at what price, and the official cost of the network as it was trained and pruned. Then it
 * generates radio frames, trains and prunes a small network on them, and evaluates it: a minute on two cores.
 */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { root, runNode } from "./lib/process.mjs";
import { ensureBuilt, ensureInstalled } from "./setup.mjs";

const model = "examples/bacalhaunet/bacalhaunet.model.ts";
const published = path.join("..", "shared", "golden", "onnx", "bacalhaunet_gold.onnx");
const small = "examples/quick/six-modulations.model.ts";
/** What the demonstration makes; made anew each time. */
const made = path.join("dist", "demo");
const shipped = "examples/bacalhaunet/bacalhaunet.onnx";

/** Runs the built terminal program. Findings (exit code 1) are a result, too. */
async function quantlens(title, ...args) {
  console.log(`\n== ${title}\n$ quantlens ${args.join(" ")}\n`);
  const { code } = await runNode([path.join("dist", "cli.cjs"), ...args]);
  if (code > 1) throw new Error(`quantlens ${args[0]} could not run: see its message above.`);
}

async function trainSmallNetwork() {
  rmSync(path.join(root, made), { recursive: true, force: true });
  mkdirSync(path.join(root, made), { recursive: true });
  const frames = path.join(made, "frames.hdf5");
  const run = path.join(made, "run");
  const weights = path.join(run, "last.safetensors");
  const report = path.join(made, "report.html");
  const data = ["--data", frames];
  await quantlens("Radio frames, generated", "data", "generate", frames, "--frames-per-class-and-snr", "32");
  await quantlens(
    "Train, prune, fine-tune: the score falls, the accuracy stays",
    "train",
    small,
    ...data,
    "--out",
    run,
  );
  await quantlens(
    "The pruned network, in floating point and in integers",
    "evaluate",
    small,
    ...["--weights", weights, ...data, "--integer", "--html", report],
  );
  await quantlens("What is left of its cost", "cost", small, "--weights", weights);
  console.log(`\nCharts are in ${report}.`);
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
  await trainSmallNetwork();
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
