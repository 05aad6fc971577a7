/** TypeScript's own help in a folder where nothing is installed: no node_modules, no tsconfig.json. */
import assert from "node:assert/strict";
import { completionWith, goBehind, hoverWith, untilCosts } from "../lib/editor.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

export default {
  name: "intellisense",
  workspace: createWorkspace,
  open: "bacalhaunet.model.ts",
  tests: [
    ["hovering over a layer shows its documentation", documentation],
    ["the options of a layer are completed", completion],
    ["the import of quantlens is no error", noErrors],
  ],
};

async function documentation(context) {
  const { page } = context;
  await untilCosts(page);
  await goBehind(context, "x = quantConv1d");
  await hoverWith(page, /convolution/i);
  await context.shoot("1-documentation");
  await page.keyboard.press("Escape");
}

async function noErrors({ page }) {
  // TypeScript has answered a hover and a completion: it has checked the file by now.
  assert.equal(await page.locator(".editor-instance .squiggly-error").count(), 0);
}

async function completion(context) {
  await goBehind(context, "quantConv1d(x, { ...o, ");
  await completionWith(context.page, "dilation");
  await context.shoot("2-completion");
}
