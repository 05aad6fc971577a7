/** Opening a large ONNX file: how long until its table is shown, and how long the extension host answers nobody meanwhile. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { closeWorkbench, newPage, openWorkbench } from "../lib/browser.mjs";
import { startCodeServer } from "../lib/code-server.mjs";
import { untilCosts } from "../lib/editor.mjs";
import { openFile, runCommand } from "../lib/palette.mjs";
import { webviewWith } from "../lib/panels.mjs";
import { testDir } from "../lib/paths.mjs";
import { descendantsWith } from "../lib/processes.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

const small = "bacalhaunet.onnx";
const large = "large.onnx";

/** By file, lists of milliseconds: `table` from the key that opens it to the table, `late` the host's longest silence. */
export async function measureOnnx(vsix, browser, file, count) {
  const delays = mkdtempSync(path.join(tmpdir(), "quantlens-delays-"));
  const preload = path.join(testDir, "measure/delays.cjs");
  const env = { QUANTLENS_DELAYS: delays, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` };
  const server = await startCodeServer(vsix, { trusted: true, env });
  const workspace = createWorkspace({ examples: [`bacalhaunet/${small}`] });
  copyFileSync(file, path.join(workspace.folder, large));
  const page = await newPage(browser);
  const hosts = () => descendantsWith(server.pid, "--type=extensionHost");
  const result = { small: { table: [], late: [] }, large: { table: [], late: [] } };
  try {
    await page.addInitScript(noteTimes);
    await openWorkbench(page, server, { folder: workspace.folder, file: path.join(workspace.folder, workspace.model) });
    await untilCosts(page);
    // The first round warms the window up. What the server has read it knows: each round is a new copy.
    for (let round = 0; round <= count; round++) {
      for (const [name, samples] of [
        [small, result.small],
        [large, result.large],
      ]) {
        const sample = await measureOne(page, workspace, { name, round });
        if (round === 0) continue;
        samples.table.push(sample.shown - sample.opened);
        samples.late.push(longestSilence(hosts(), delays, sample));
      }
    }
    return result;
  } finally {
    await closeWorkbench(page, hosts);
    await server.stop();
    workspace.remove();
    rmSync(delays, { recursive: true, force: true });
  }
}

/** When the file was opened and when its table was drawn, in milliseconds since 1970. */
async function measureOne(page, { folder }, { name, round }) {
  const copy = `${round}-${name}`;
  copyFileSync(path.join(folder, name), path.join(folder, copy));
  await openFile(page, copy);
  const frame = await webviewWith(page, "#content:not([hidden]) #nodes tbody tr");
  const shown = await frame.evaluate(() => globalThis.shownAt);
  const opened = await page.evaluate(() => globalThis.pickedAt);
  await runCommand(page, "View: Close Editor");
  rmSync(path.join(folder, copy));
  return { opened, shown };
}

/** Runs in every frame: notes the last click, and the first frame that has the table in it. */
function noteTimes() {
  addEventListener("mousedown", () => (globalThis.pickedAt = Date.now()), true);
  const look = () => {
    if (document.querySelector("#page[data-rendered]") !== null) globalThis.shownAt = Date.now();
    else requestAnimationFrame(look);
  };
  if (globalThis.parent !== globalThis) requestAnimationFrame(look);
}

function longestSilence(pids, folder, { opened, shown }) {
  const files = pids.map((pid) => path.join(folder, String(pid))).filter((file) => existsSync(file));
  const lines = files.flatMap((file) => readFileSync(file, "utf8").trim().split("\n"));
  const late = lines
    .map((line) => line.split(" ").map(Number))
    .filter(([at, ms]) => at >= opened && at - ms <= shown)
    .map(([, ms]) => ms);
  return Math.max(0, ...late);
}
