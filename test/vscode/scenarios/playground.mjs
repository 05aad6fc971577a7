/** `npm run vscode`: the extension for whoever has no VS Code, from the printed address to Ctrl-C. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { workbenchReady } from "../lib/browser.mjs";
import { untilCosts, untilLens } from "../lib/editor.mjs";
import { rootDir } from "../lib/paths.mjs";
import { descendantsWith, endProcess } from "../lib/processes.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

export default {
  name: "playground",
  kind: "none",
  workspace: createWorkspace,
  tests: [
    ["`npm run vscode` prints an address and a password", start],
    ["the address asks for the password", askPassword],
    ["a model is open and shows its costs", costs],
    ["Ctrl-C ends everything that it started", end],
  ],
};

async function start(context) {
  const { workspace, vsix } = context;
  const script = path.join(rootDir, "scripts", "vscode.mjs");
  const child = spawn(process.execPath, [script, workspace.folder, "--vsix", vsix]);
  process.once("exit", () => endProcess(child.pid));
  let output = "";
  for (const name of ["stdout", "stderr"]) child[name].on("data", (text) => (output += text));
  context.child = child;
  await until("the address", () => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`);
    const found = /Open\s+(http:\S+)\s+Password\s+(\S+)/.exec(output);
    if (found !== null) [, context.url, context.password] = found;
    return found;
  });
}

async function askPassword({ page, url, password }) {
  await page.goto(url);
  const input = page.locator("input[type=password]");
  await input.fill("something else");
  await page.keyboard.press("Enter");
  await page.locator(".error", { hasText: /incorrect/i }).waitFor();
  await input.fill(password);
  await page.keyboard.press("Enter");
  await workbenchReady(page, true);
}

async function costs({ page }) {
  await untilCosts(page);
  await untilLens(page, /score [\d.]+/i);
}

async function end({ page, child }) {
  await page.goto("about:blank");
  const processes = descendantsWith(child.pid, "");
  assert.ok(processes.length > 1, "it has started VS Code");
  const ended = once(child, "exit");
  child.kill("SIGINT");
  const [code] = await ended;
  assert.equal(code, 0);
  await until("the end of all processes", () => processes.every((pid) => !isRunning(pid)), 20_000);
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
