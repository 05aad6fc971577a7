/** Runs tests inside the extension host and reports each in a line that lib/host.mjs reads. */
const vscode = require("vscode");

const marker = "quantlens-test ";

/**
 * The `run` that VS Code asks a suite for. The tests do not build on each other; all are run. What a test resolves to is
 * in its report.
 *
 * @param {Record<string, () => Promise<unknown>>} tests
 */
function suite(tests) {
  return async () => {
    let failed = 0;
    for (const [name, test] of Object.entries(tests)) {
      const started = Date.now();
      const result = await outcomeOf(test);
      if (result.outcome === "failed") failed++;
      console.log(marker + JSON.stringify({ ...result, name, seconds: (Date.now() - started) / 1000 }));
    }
    if (failed > 0) throw new Error(`${failed} failed`);
  };
}

async function outcomeOf(test) {
  try {
    return { outcome: "passed", value: await test() };
  } catch (error) {
    return { outcome: "failed", note: String(error?.message ?? error) };
  }
}

/** The installed extension under test, active. */
async function quantlens() {
  const extension = vscode.extensions.getExtension("quantlens.quantlens");
  if (extension === undefined) throw new Error("The extension is not installed.");
  await extension.activate();
  return extension;
}

/** The `until` of the tests outside: polls until the check gives something true, and returns that. */
async function until(...args) {
  return (await import("../lib/until.mjs")).until(...args);
}

/** A file of the first folder of the workspace. */
function inWorkspace(name, folder = vscode.workspace.workspaceFolders[0]) {
  return vscode.Uri.joinPath(folder.uri, name);
}

/** Opens a file of the workspace in an editor. */
async function show(uri) {
  return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
}

/** The texts of the inlay hints of a whole file, once there are costs among them. */
async function costHints(uri, wanted = /bop/) {
  const { lineCount } = await vscode.workspace.openTextDocument(uri);
  return until(`hints like ${wanted} in ${uri.path}`, async () => {
    const range = new vscode.Range(0, 0, lineCount, 0);
    const hints = await vscode.commands.executeCommand("vscode.executeInlayHintProvider", uri, range);
    const texts = hints.map(({ label }) =>
      typeof label === "string" ? label : label.map(({ value }) => value).join(""),
    );
    return texts.some((text) => wanted.test(text)) && texts;
  });
}

module.exports = { suite, quantlens, until, inWorkspace, show, costHints };
