/** Commands and settings, as the extension's manifest promises them. */
const assert = require("node:assert/strict");
const vscode = require("vscode");
const { costHints, inWorkspace, quantlens, show, suite, until } = require("./lib.cjs");
const { createVirtualFiles } = require("./virtual-files.cjs");

const model = inWorkspace("bacalhaunet.model.ts");

exports.run = suite({
  "every contributed command is registered": async () => {
    const { packageJSON } = await quantlens();
    const known = new Set(await vscode.commands.getCommands(true));
    const contributed = packageJSON.contributes.commands.map(({ command }) => command);
    assert.ok(contributed.length >= 4, "the manifest contributes commands");
    assert.deepEqual(
      contributed.filter((command) => !known.has(command)),
      [],
    );
  },

  "every command of a menu, a key or a walkthrough is contributed or VS Code's own": async () => {
    const { packageJSON } = await quantlens();
    const { menus = {}, keybindings = [], commands } = packageJSON.contributes;
    const contributed = new Set(commands.map(({ command }) => command));
    const used = [...Object.values(menus).flat(), ...keybindings].map(({ command }) => command);
    const ours = used.filter((command) => command?.startsWith("quantlens."));
    assert.deepEqual(
      ours.filter((command) => !contributed.has(command)),
      [],
    );
  },

  "the setting of a hint takes effect without a restart": async () => {
    await show(model);
    const shape = /\d+×\d+ · /;
    await costHints(model, shape);
    const settings = vscode.workspace.getConfiguration("quantlens.hints", model);
    await settings.update("shape", false, vscode.ConfigurationTarget.WorkspaceFolder);
    await until("hints without shapes", async () => !(await costHints(model)).some((text) => shape.test(text)));
    await settings.update("shape", undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    await costHints(model, shape);
  },

  "a severity switches a rule off and on without a restart": async () => {
    await show(model);
    const code = "residual-not-requantised";
    const found = () => vscode.languages.getDiagnostics(model).some((finding) => codeOf(finding) === code);
    await until(`the finding ${code}`, found);
    const settings = vscode.workspace.getConfiguration("quantlens", model);
    await settings.update("severities", { [code]: "off" }, vscode.ConfigurationTarget.WorkspaceFolder);
    await until(`no finding ${code}`, () => !found());
    await settings.update("severities", undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    await until(`the finding ${code} again`, found);
  },

  "an ONNX file opens in its editor, by itself and by the command of lenses": async () => {
    const file = inWorkspace("some.onnx");
    await vscode.workspace.fs.writeFile(file, Buffer.from("no network"));
    const shown = () => vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    const opens = [
      () => vscode.commands.executeCommand("vscode.open", file),
      () => vscode.commands.executeCommand("quantlens.openOnnx", { uri: file.toString() }),
    ];
    for (const open of opens) {
      await open();
      await until("its editor", () => shown()?.viewType === "quantlens.onnx" && shown().uri.path === file.path);
      await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
    }
    await vscode.workspace.fs.delete(file);
  },

  "settings are per folder in a workspace of several": async () => {
    const [first, second] = vscode.workspace.workspaceFolders;
    const other = inWorkspace("vgg10.model.ts", second);
    await show(other);
    await show(model);
    await costHints(other);
    const settings = vscode.workspace.getConfiguration("quantlens.hints", second.uri);
    await settings.update("bitOps", false, vscode.ConfigurationTarget.WorkspaceFolder);
    await until("no bit-operations in the second folder", async () => {
      const texts = await costHints(other, /\d k?M?b$/);
      return !texts.some((text) => /bop/.test(text));
    });
    assert.ok(
      (await costHints(model)).some((text) => /bop/.test(text)),
      `${first.name} keeps its bit-operations`,
    );
    await settings.update("bitOps", undefined, vscode.ConfigurationTarget.WorkspaceFolder);
    await costHints(other);
  },

  "a model on a virtual file system is priced with what it imports, and follows its imports": async () => {
    const files = createVirtualFiles({
      "/net/virtual.model.ts": `import { defineModel, int, quantConv1d } from "quantlens";
import { bits } from "./widths";
export default defineModel({
  name: "Virtual",
  input: { shape: [1, 2, 64], quant: int(8) },
  forward: (x) => quantConv1d(x, { outChannels: 4, kernelSize: 1, weightQuant: int(bits) }),
});
`,
      "/net/widths.ts": "export const bits = 6;\n",
    });
    try {
      await show(files.uri("/net/virtual.model.ts"));
      // 2 x 4 weights of as many bits as the imported file says.
      await costHints(files.uri("/net/virtual.model.ts"), /4×64 .* 48 b\b/);
      const { document } = await show(files.uri("/net/widths.ts"));
      const edit = new vscode.WorkspaceEdit();
      edit.replace(document.uri, new vscode.Range(0, 0, 1, 0), "export const bits = 3;\n");
      await vscode.workspace.applyEdit(edit);
      await costHints(files.uri("/net/virtual.model.ts"), /4×64 .* 24 b\b/);
      await document.save();
    } finally {
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      files.dispose();
    }
  },
});

function codeOf({ code }) {
  return typeof code === "object" ? code.value : code;
}
