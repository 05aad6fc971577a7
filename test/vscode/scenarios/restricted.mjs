/** A model in a folder that is not trusted: its costs are shown, git is left alone until the user trusts the folder. */
import assert from "node:assert/strict";
import { sinceCommit, untilCosts, untilLens, visibleLenses } from "../lib/editor.mjs";
import { dismissNotifications, notification, runCommand } from "../lib/palette.mjs";
import { createWorkspace, replaceIn } from "../lib/workspace.mjs";

export default {
  name: "restricted",
  kind: "restricted",
  workspace: changedWorkspace,
  open: "bacalhaunet.model.ts",
  tests: [
    ["a folder that is not trusted shows costs and no comparison with the last commit", restricted],
    ["training is off there, and says why", noTraining],
    ["the comparison comes when the folder is trusted", trusted],
  ],
};

/** Narrows the network's input after the commit, so that there is something to compare. */
function changedWorkspace() {
  const workspace = createWorkspace();
  replaceIn(workspace, workspace.model, "actQuant: int(8)", "actQuant: int(7)");
  return workspace;
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

async function noTraining({ page }) {
  await runCommand(page, "QuantLens: Train...");
  await notification(page, "Training is off because this workspace is not trusted");
  await dismissNotifications(page);
}

async function trusted({ page, shoot }) {
  await runCommand(page, "Workspaces: Manage Workspace Trust");
  await page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
  await runCommand(page, "View: Close Editor");
  await untilLens(page, sinceCommit);
  await shoot("2-trusted");
}
