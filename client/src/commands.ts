/** The extension's commands: those of the palette, and those that lenses and the status bar call. */
import * as vscode from "vscode";
import { clientCommands, type ModelCommandArgument, type RevealRangeArgument } from "../../shared/messages.js";
import type { Session } from "./session.js";
import { writeSetting } from "./settings.js";
import { selectWeights } from "./weights.js";

const profiles: readonly (vscode.QuickPickItem & { readonly profile: string })[] = [
  { profile: "itu2021", label: "ITU challenge 2021", detail: "What makes a submission invalid is an error." },
  { profile: "finn", label: "FINN", detail: "What FINN needs to build the network." },
  { profile: "hls4ml", label: "hls4ml", detail: "What hls4ml needs to build the network." },
  { profile: "qcdq", label: "QCDQ for ONNX Runtime", detail: "What a QCDQ export needs." },
];

/** `start` gives the running session, and starts it when there is none. */
export function registerCommands(start: () => Promise<Session>, log: vscode.LogOutputChannel): vscode.Disposable {
  const register = vscode.commands.registerCommand;
  return vscode.Disposable.from(
    register("quantlens.restartServer", async () => (await start()).restart()),
    register("quantlens.showLog", () => {
      log.show();
    }),
    register("quantlens.showActions", showActions),
    register("quantlens.selectProfile", selectProfile),
    register(clientCommands.selectWeights, async (argument?: ModelCommandArgument) => {
      const model = modelOf(argument);
      if (model !== undefined) await selectWeights(model, await start());
    }),
    register(clientCommands.revealRange, revealRange),
    register(clientCommands.train, () => sayMissing("train", "the recipe is checked and its model costed")),
    register(clientCommands.prune, () => sayMissing("prune", "pruned weights can be selected and costed")),
    register(clientCommands.export, () => sayMissing("export", "`.onnx` files can be read and costed")),
  );
}

/** The model that a lens names, else the one in the active editor. */
function modelOf(argument: ModelCommandArgument | undefined): vscode.Uri | undefined {
  return argument === undefined ? vscode.window.activeTextEditor?.document.uri : vscode.Uri.parse(argument.uri, true);
}

async function showActions(): Promise<void> {
  const actions = [
    { label: "$(output) Show Log", command: "quantlens.showLog" },
    { label: "$(debug-restart) Restart Language Server", command: "quantlens.restartServer" },
    { label: "$(database) Select Weights", command: clientCommands.selectWeights },
    { label: "$(checklist) Select Profile", command: "quantlens.selectProfile" },
  ];
  const picked = await vscode.window.showQuickPick(actions, { title: "QuantLens" });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
}

async function selectProfile(): Promise<void> {
  const model = vscode.window.activeTextEditor?.document.uri;
  if (model === undefined) return;
  const current = vscode.workspace.getConfiguration("quantlens", model).get<string>("profile");
  const items = profiles.map((item) => ({ ...item, ...(item.profile === current && { description: "selected" }) }));
  const picked = await vscode.window.showQuickPick(items, { title: "Whose rules is the model checked against?" });
  if (picked !== undefined) await writeSetting(model, "profile", picked.profile);
}

async function revealRange({ uri, range }: RevealRangeArgument): Promise<void> {
  const selection = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  await vscode.window.showTextDocument(vscode.Uri.parse(uri, true), { selection });
}

/** For commands whose program does not come with this version. */
async function sayMissing(what: string, instead: string): Promise<void> {
  await vscode.window.showInformationMessage(`This version of QuantLens cannot ${what} yet: ${instead}.`);
}
