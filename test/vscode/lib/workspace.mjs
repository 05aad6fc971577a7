/** The folder that the tests open: the example model under git, with no node_modules anywhere near. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { rootDir } from "./paths.mjs";

/** Weights of the published network; they lie beside the project, where its golden data is. */
const goldWeights = path.resolve(rootDir, "../shared/golden/onnx/bacalhaunet_gold.onnx");

/** Makes the folder; `model`, `plain` and `weights` are the names of its files. */
export function createWorkspace() {
  const folder = mkdtempSync(path.join(tmpdir(), "quantlens-workspace-"));
  const model = "bacalhaunet.model.ts";
  const plain = "plain.ts";
  const weights = existsSync(goldWeights) ? "gold.onnx" : undefined;
  cpSync(path.join(rootDir, "examples/bacalhaunet", model), path.join(folder, model));
  if (weights !== undefined) cpSync(goldWeights, path.join(folder, weights));
  writeFileSync(path.join(folder, plain), "export const answer: number = 42;\n");
  mkdirSync(path.join(folder, ".vscode"));
  commit(folder);
  const remove = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, model, plain, weights, remove };
}

/** Narrows the network's input after the commit, so that there is something to compare. */
export function changeModel({ folder, model }) {
  const file = path.join(folder, model);
  const text = readFileSync(file, "utf8");
  const changed = text.replace("actQuant: int(8)", "actQuant: int(7)");
  if (changed === text) throw new Error(`${model} has no "actQuant: int(8)" that could be changed.`);
  writeFileSync(file, changed);
}

function commit(folder) {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
  const git = (...args) => execFileSync("git", [...identity, ...args], { cwd: folder, stdio: "pipe" });
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "A model");
}
