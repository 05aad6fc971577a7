/** How long the extension takes to load and to activate, as VS Code itself has measured it. */
const vscode = require("vscode");
const { suite, until } = require("./lib.cjs");

const id = "quantlens.quantlens";

exports.run = suite({
  "a TypeScript file activates the extension": async () => {
    await until("the extension to be active", () => vscode.extensions.getExtension(id).isActive);
    await vscode.commands.executeCommand("perfview.show");
    const { loadAfterQueue, activate } = await until("the extension among the activations", activationRow);
    const marks = new Map(globalThis.MonacoPerformanceMarks.getMarks().map(({ name, startTime }) => [name, startTime]));
    const load =
      marks.get(`code/extHost/didLoadExtensionCode/${id}`) - marks.get(`code/extHost/willLoadExtensionCode/${id}`);
    return { load, activate, inQueue: loadAfterQueue + activate };
  },
});

/** The row of the extension in the view of the startup's performance. */
function activationRow() {
  const view = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === "perf");
  const lines = view.getText().split("\n");
  const cells = (line) => line.split("|").map((cell) => cell.trim());
  const head = cells(lines.find((line) => line.includes("Load Code")));
  const row = cells(lines.find((line) => line.includes(id)));
  const [loadAfterQueue, activate] = ["Load Code", "Call Activate"].map((title) => Number(row[head.indexOf(title)]));
  return Number.isFinite(loadAfterQueue + activate) && { loadAfterQueue, activate };
}
