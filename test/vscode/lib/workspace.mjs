/** The folders that the tests open: examples under git, with no node_modules anywhere near. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { rootDir } from "./paths.mjs";

/** Weights of the published network; they lie beside the project, where its golden data is. */
const goldWeights = path.resolve(rootDir, "../shared/golden/onnx/bacalhaunet_gold.onnx");

/**
 * A fresh folder, removed by `remove`. `model`, `plain` and `weights` are the names of its files; `weights` is
 * undefined where the golden data is missing.
 *
 * @param {{ files?: Record<string, string>, examples?: readonly string[] }} [more] `files`: texts by name; `examples`:
 *   paths within examples/
 */
export function createWorkspace({ files = {}, examples = [] } = {}) {
  const parent = mkdtempSync(path.join(tmpdir(), "quantlens-workspace-"));
  const folder = path.join(parent, "models");
  const model = "bacalhaunet.model.ts";
  const plain = "plain.ts";
  const weights = existsSync(goldWeights) ? "gold.onnx" : undefined;
  for (const example of [`bacalhaunet/${model}`, ...examples]) copyExample(example, folder);
  if (weights !== undefined) cpSync(goldWeights, path.join(folder, weights));
  for (const [name, text] of Object.entries({ [plain]: "export const answer: number = 42;\n", ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  mkdirSync(path.join(folder, ".vscode"), { recursive: true });
  commit(folder);
  const read = (name) => readFileSync(path.join(folder, name), "utf8");
  return { folder, model, plain, weights, read, remove: () => removeWorkspace(parent) };
}

/** A workspace of two folders; `file` is its `.code-workspace`, and `folder` the first of the two. */
export function createMultiRootWorkspace() {
  const parent = mkdtempSync(path.join(tmpdir(), "quantlens-workspace-"));
  const first = path.join(parent, "first");
  const second = path.join(parent, "second");
  copyExample("bacalhaunet/bacalhaunet.model.ts", first);
  copyExample("vgg10/vgg10.model.ts", second);
  const file = path.join(parent, "two.code-workspace");
  writeFileSync(file, JSON.stringify({ folders: [{ path: "first" }, { path: "second" }] }));
  return { folder: first, file, model: "bacalhaunet.model.ts", remove: () => removeWorkspace(parent) };
}

/** Runs the terminal program in a folder, and returns what it prints. */
export function runProgram(folder, ...args) {
  const program = path.join(rootDir, "dist", "cli.cjs");
  return execFileSync(process.execPath, [program, ...args], { cwd: folder, encoding: "utf8", stdio: "pipe" });
}

/** What `cost` says about a file, as it prints it for programs. */
export function printedCost(file) {
  return JSON.parse(runProgram(path.dirname(file), "cost", path.basename(file), "--format", "json"));
}

/** Changes a text in a file; the text must be there. */
export function replaceIn({ folder }, name, from, to) {
  const file = path.join(folder, name);
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${name} has no "${from}" that could be changed.`);
  writeFileSync(file, text.replace(from, to));
}

function copyExample(example, folder) {
  cpSync(path.join(rootDir, "examples", example), path.join(folder, path.basename(example)));
}

function commit(folder) {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
  const git = (...args) => execFileSync("git", [...identity, ...args], { cwd: folder, stdio: "pipe" });
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message", "A model");
}

/** A program that a failed test has left may still write there: that must not hide what failed, nor end the other tests. */
function removeWorkspace(parent) {
  try {
    rmSync(parent, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    console.log(`${parent} stays: ${error.message}`);
  }
}
