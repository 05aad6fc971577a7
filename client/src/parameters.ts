/** Lets the user choose the values of a model's parameters that its numbers stand for. */
import * as vscode from "vscode";
import type { ParameterRecord, ParameterValue } from "../../shared/messages.js";
import { openModel } from "./commands/open-model.js";
import { chosenValues, readValue, showValue } from "./parameter-values.js";
import type { Session } from "./session.js";
import { writeEntry } from "./settings.js";

interface ParameterItem extends vscode.QuickPickItem {
  readonly parameter?: ParameterRecord;
  readonly reset?: true;
}

/**
 * Asks for a parameter and its value until the user leaves the list, and keeps what differs from the defaults in the
 * setting `quantlens.parameters` where the model lies in a workspace folder.
 */
export async function selectParameters(model: vscode.Uri, session: Session): Promise<void> {
  for (;;) {
    const setup = await openModel(model, session, "quantlens/modelSetup");
    if (setup === null) return;
    if (setup.parameters.length === 0) {
      const advice = 'write const bits = param("bits", 6) and use it, and its value can be picked here.';
      void vscode.window.showInformationMessage(`${setup.name} has no parameters: ${advice}`);
      return;
    }
    const changed = await changeOne(setup.name, setup.parameters);
    if (changed === undefined) return;
    await useParameters(model, chosenValues(changed), session);
  }
}

/** Gives values to the server and keeps them in the settings; parameters that are not among them get their defaults. */
export async function useParameters(
  model: vscode.Uri,
  parameters: Readonly<Record<string, ParameterValue>>,
  session: Session,
): Promise<void> {
  const { problem } = await session.request("quantlens/selectParameters", { uri: model.toString(), parameters });
  if (problem !== undefined) void vscode.window.showWarningMessage(problem);
  await writeEntry(model, "parameters", Object.keys(parameters).length === 0 ? undefined : parameters);
}

/** All parameters with one of them changed; `undefined` when the user is done. */
async function changeOne(
  model: string,
  parameters: readonly ParameterRecord[],
): Promise<readonly ParameterRecord[] | undefined> {
  const changed = Object.keys(chosenValues(parameters));
  const items: ParameterItem[] = parameters.map((parameter) => ({
    label: `$(symbol-parameter) ${parameter.name}`,
    description: showValue(parameter.value),
    ...(changed.includes(parameter.name) && { detail: `default ${showValue(parameter.default)}` }),
    parameter,
  }));
  if (changed.length > 0) items.push({ label: "$(discard) All defaults", reset: true });
  const title = `Which parameter of ${model} has another value?`;
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  if (picked?.reset === true) return parameters.map((each) => ({ ...each, value: each.default }));
  if (picked?.parameter === undefined) return undefined;
  const value = await askValue(picked.parameter);
  return parameters.map((each) => (each === picked.parameter && value !== undefined ? { ...each, value } : each));
}

async function askValue(parameter: ParameterRecord): Promise<ParameterValue | undefined> {
  const { name, value, default: preset } = parameter;
  if (typeof preset === "boolean") {
    const picked = await vscode.window.showQuickPick(["true", "false"], { title: name });
    return picked === undefined ? undefined : picked === "true";
  }
  const text = await vscode.window.showInputBox({
    title: name,
    value: typeof value === "string" ? value : showValue(value),
    prompt: `Default: ${showValue(preset)}`,
    validateInput: (typed) => {
      const read = readValue(typed, parameter);
      return "problem" in read ? read.problem : undefined;
    },
  });
  const read = text === undefined ? undefined : readValue(text, parameter);
  return read && "value" in read ? read.value : undefined;
}
