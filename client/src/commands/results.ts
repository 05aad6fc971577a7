/** Evaluate, export, generate, compare: asks what is needed, then runs a task. */
import path from "node:path";
import * as vscode from "vscode";
import type { ExportAgainArgument } from "../../../shared/command-messages.js";
import { pathInTask, pathsInTask } from "../tasks/task.js";
import { mayStart } from "../trust.js";
import { pickWeights } from "../weights.js";
import { uriOf, type CommandContext } from "./context.js";
import { activeOnnx } from "./onnx.js";
import { openModel } from "./open-model.js";
import { startTask } from "./start-task.js";
import { browseData, startableModel } from "./training.js";

interface CompareItem extends vscode.QuickPickItem {
  /** `null`: the last commit. */
  readonly file: vscode.Uri | null;
}

interface ExportItem extends vscode.QuickPickItem {
  readonly format: string;
  /** What stands for the model file's extension. */
  readonly ending: string;
  readonly filters: Record<string, string[]>;
}

const onnxFiles = { ONNX: ["onnx"] };

const exportFormats: readonly ExportItem[] = [
  {
    format: "qonnx",
    label: "QONNX",
    detail: "For FINN, hls4ml and qonnx; what the official cost is computed from.",
    ending: ".onnx",
    filters: onnxFiles,
  },
  {
    format: "qcdq",
    label: "QCDQ",
    detail: "QuantizeLinear and DequantizeLinear, which plain ONNX Runtime runs.",
    ending: ".qcdq.onnx",
    filters: onnxFiles,
  },
  {
    format: "brevitas",
    label: "Brevitas",
    detail: "A PyTorch module, its weights (.pth) and a script that exports it with Brevitas.",
    ending: "_brevitas.py",
    filters: { Python: ["py"] },
  },
];

/** Asks for weights and data, and evaluates. */
export async function evaluateModel(argument: unknown, context: CommandContext): Promise<void> {
  const model = await startableModel("Evaluation", argument, context);
  if (model === undefined) return;
  const weights = await pickWeights("Which weights are evaluated?", model, await context.start());
  if (weights === undefined) return;
  const items = [
    { label: "$(database) The model's data", data: "own" },
    { label: "$(beaker) Generated frames", data: "synthetic" },
    { label: "$(folder-opened) A data file ...", data: "browse" },
  ];
  const picked = await vscode.window.showQuickPick(items, { title: "On which data?" });
  if (picked === undefined) return;
  const file = picked.data === "browse" ? await browseData() : undefined;
  if (picked.data === "browse" && file === undefined) return;
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const data = file === undefined ? "synthetic" : pathInTask(file, folder);
  const paths = pathsInTask({ model, weights }, folder);
  await startTask({ command: "evaluate", ...paths, ...(picked.data !== "own" && { data }) }, model, context);
}

/** Parts of an `ExportAgainArgument`, as a lens or anybody else may give them. */
type ExportPresets = Partial<Record<keyof ExportAgainArgument, unknown>>;

/** Asks for weights, format and place, as far as the argument does not give them, and exports. */
export async function exportModel(argument: unknown, context: CommandContext): Promise<void> {
  const model = await startableModel("Export", argument, context);
  if (model === undefined) return;
  const presets: ExportPresets = typeof argument === "object" && argument !== null ? argument : {};
  const weights =
    uriOf({ uri: presets.weights }) ?? (await pickWeights("Which weights are exported?", model, await context.start()));
  if (weights === undefined) return;
  const format = exportFormats.find((each) => each.format === presets.format) ?? (await pickFormat());
  if (format === undefined) return;
  const earlier = uriOf({ uri: presets.output });
  // What is replaced without a question lies in a folder that the user has opened.
  const asked = earlier === undefined || vscode.workspace.getWorkspaceFolder(earlier) === undefined;
  const out = asked ? await askOutput(earlier ?? defaultOutput(model, format), format) : earlier;
  if (out === undefined) return;
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const paths = pathsInTask({ model, weights, out }, folder);
  // The dialog has asked whether an existing file is to be replaced, and a preset is one that was exported before.
  await startTask({ command: "export", ...paths, format: format.format, args: ["--force"] }, model, context);
}

function pickFormat(): Thenable<ExportItem | undefined> {
  return vscode.window.showQuickPick(exportFormats, { title: "In which format?" });
}

function defaultOutput(model: vscode.Uri, { format, ending }: ExportItem): vscode.Uri {
  const base = path.basename(model.fsPath).replace(/(\.model)?\.[^.]+$/, "");
  // Python imports the module by its name.
  const name = format === "brevitas" ? base.replace(/\W/g, "_").replace(/^\d/, "_$&") : base;
  return vscode.Uri.joinPath(model, "..", `${name}${ending}`);
}

function askOutput(defaultUri: vscode.Uri, { filters }: ExportItem): Thenable<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog({ title: "Export as which file?", defaultUri, filters, saveLabel: "Export" });
}

/** Asks for the file and how much to generate. */
export async function generateData(context: CommandContext): Promise<void> {
  if (!(await mayStart("Generating data"))) return;
  const folder = vscode.workspace.workspaceFolders?.[0];
  const frames = await vscode.window.showInputBox({
    title: "Frames of each of the 24 modulations at each of the 26 signal-to-noise ratios",
    value: "16",
    prompt: "16 make a file of 80 MB, 128 one of 640 MB.",
    validateInput: (text) => (isFrameCount(text) ? undefined : "Write a whole number from 2 to 4096."),
  });
  if (frames === undefined) return;
  const out = await vscode.window.showSaveDialog({
    title: "Generate which file?",
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder.uri, "generated.hdf5") }),
    filters: { "HDF5 files": ["hdf5"] },
    saveLabel: "Generate",
  });
  if (out === undefined || !(await mayStart("Generating data", out))) return;
  const task = { command: "generate", out: pathInTask(out, folder), framesPerClassAndSnr: Number(frames) } as const;
  await context.runner.start({ type: "quantlens", ...task }, folder);
}

/** Compares a model (a model file or an ONNX file) with its last commit or with another model. */
export async function compareWith(argument: unknown, context: CommandContext): Promise<void> {
  const given = uriOf(argument) ?? activeOnnx();
  const model = await startableModel("Comparing", given, context);
  if (model === undefined) return;
  const folder = vscode.workspace.getWorkspaceFolder(model);
  const other = await pickOther(model);
  if (other === undefined) return;
  const own = pathInTask(model, folder);
  // `diff` takes the model before and the model after; alone, the model after the last commit.
  const task = other === null ? { model: own } : { model: pathInTask(other, folder), args: [own] };
  await startTask({ command: "diff", ...task }, model, context);
}

/** Puts the official dictionary of a model's cost, as `quantlens cost --format json` prints it, on the clipboard. */
export async function copyCostJson(model: vscode.Uri, context: CommandContext): Promise<void> {
  const cost = await openModel(model, await context.start(), "quantlens/costJson");
  if (cost === null) return;
  await vscode.env.clipboard.writeText(cost.text);
  vscode.window.setStatusBarMessage("$(check) The cost is on the clipboard.", 3000);
}

/** The other model; `null` for the last commit, `undefined` when the user picks none. */
async function pickOther(model: vscode.Uri): Promise<vscode.Uri | null | undefined> {
  const found = await vscode.workspace.findFiles("**/*.{model.ts,model.mts,model.cts,onnx}", "**/node_modules/**", 200);
  const files = found
    .filter((file) => file.toString() !== model.toString())
    .map((file) => ({ label: `$(file) ${vscode.workspace.asRelativePath(file)}`, file }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const commit: CompareItem = { label: "$(git-commit) The last commit", file: null };
  const items: CompareItem[] = [...(model.path.endsWith(".onnx") ? [] : [commit]), ...files];
  if (items.length === 0) {
    void vscode.window.showInformationMessage("There is no other model file or ONNX file in this workspace.");
    return undefined;
  }
  const title = `What is ${path.basename(model.fsPath)} compared with?`;
  const picked = await vscode.window.showQuickPick(items, { title });
  return picked?.file;
}

function isFrameCount(text: string): boolean {
  const count = Number(text);
  return /^\d+$/.test(text) && count >= 2 && count <= 4096;
}
