/** A model in a folder that is not trusted: its costs are shown, git is left alone until the user trusts the folder. */
import assert from "node:assert/strict";
import { runInWorkbench } from "./lib/session.mjs";
import { runCommand, sinceCommit, untilCosts, untilLens, visibleLenses } from "./lib/workbench.mjs";
import { changeModel, createWorkspace } from "./lib/workspace.mjs";

/** Tests of the package `vsix`: how many passed, failed and were skipped. */
export function runRestrictedTests(vsix) {
  const workspace = createWorkspace();
  changeModel(workspace);
  return runInWorkbench({ vsix, workspace, open: workspace.model, trusted: false, name: "restricted" }, [
    ["a folder that is not trusted shows costs and no comparison with the last commit", restricted],
    ["the comparison comes when the folder is trusted", trusted],
  ]);
}

async function restricted({ page, shoot }) {
  await page.locator(".statusbar-item", { hasText: "Restricted Mode" }).waitFor();
  await untilCosts(page);
  await untilLens(page, /score [\d.]+/i);
  assert.deepEqual(
    (await visibleLenses(page)).filter((title) => sinceCommit.test(title)),
    [],
  );
  await shoot("1-model");
}

async function trusted({ page, shoot }) {
  await runCommand(page, "Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
  await runCommand(page, "View: Close Editor");
  await untilLens(page, sinceCommit);
  await shoot("2-trusted");
}
