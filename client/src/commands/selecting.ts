/** Commands that pick what a model's numbers stand for: weights, parameters, target profile. */
import * as vscode from "vscode";
import { selectParameters } from "../parameters.js";
import { writeSetting } from "../settings.js";
import { selectWeights } from "../weights.js";
import { modelOf, type CommandContext } from "./context.js";

const profiles: readonly (vscode.QuickPickItem & { readonly profile: string })[] = [
  { profile: "itu2021", label: "ITU challenge 2021", detail: "What makes a submission invalid is an error." },
  { profile: "finn", label: "FINN", detail: "What FINN needs to build the network." },
  { profile: "hls4ml", label: "hls4ml", detail: "What hls4ml needs to build the network." },
  { profile: "qcdq", label: "QCDQ for ONNX Runtime", detail: "What a QCDQ export needs." },
];

export async function selectModelWeights(argument: unknown, context: CommandContext): Promise<void> {
  const model = await modelOf(argument, context);
  if (model !== undefined) await selectWeights(model, await context.start());
}

export async function selectModelParameters(argument: unknown, context: CommandContext): Promise<void> {
  const model = await modelOf(argument, context);
  if (model !== undefined) await selectParameters(model, await context.start());
}

export async function selectProfile(argument: unknown, context: CommandContext): Promise<void> {
  const model = await modelOf(argument, context);
  if (model === undefined) return;
  const current = vscode.workspace.getConfiguration("quantlens", model).get<string>("profile");
  const items = profiles.map((item) => ({ ...item, ...(item.profile === current && { description: "selected" }) }));
  const picked = await vscode.window.showQuickPick(items, { title: "Whose rules is the model checked against?" });
  if (picked !== undefined) await writeSetting(model, "profile", picked.profile);
}
