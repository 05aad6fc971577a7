/** Opening a large ONNX file: how long until its table is shown, and how long the extension host answers nobody meanwhile. */
import { copyFileSync, existsSync, linkSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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
export async function measureOnnx(vsix, browser, onnx, count) {
  const delays = mkdtempSync(path.join(tmpdir(), "quantlens-delays-"));
  const beside = [path.join(testDir, "measure/delays")];
  const server = await startCodeServer(vsix, { trusted: true, env: { QUANTLENS_DELAYS: delays }, beside });
  const workspace = createWorkspace({ examples: [`bacalhaunet/${small}`] });
  copyFileSync(onnx, path.join(workspace.folder, large));
  // What the server has read it knows: each round has a name of its own. Quick open lists what is there from the start.
  for (let round = 0; round <= count; round++) {
    for (const name of [small, large]) {
      linkSync(path.join(workspace.folder, name), path.join(workspace.folder, nameIn(round, name)));
    }
  }
  const page = await newPage(browser);
  const hosts = () => descendantsWith(server.pid, "--type=extensionHost");
  const result = { small: { table: [], late: [] }, large: { table: [], late: [] } };
  try {
    const file = path.join(workspace.folder, workspace.model);
    await openWorkbench(page, server, { folder: workspace.folder, file });
    await untilCosts(page);
    await page.evaluate(noteClicks);
    // The first round warms the window up.
    for (let round = 0; round <= count; round++) {
      for (const [name, samples] of [
        [small, result.small],
        [large, result.large],
      ]) {
        const sample = await measureOne(page, nameIn(round, name));
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

/** When the file was clicked and when its table was seen (looked for every 50 ms), in milliseconds since 1970. */
async function measureOne(page, name) {
  await openFile(page, name);
  await webviewWith(page, "#content:not([hidden]) #nodes tbody tr");
  const shown = Date.now();
  const opened = await page.evaluate(() => globalThis.clickedAt);
  await runCommand(page, "View: Close Editor");
  return { opened, shown };
}

function nameIn(round, name) {
  return `round${round}-${name}`;
}

/** Runs in the page: notes the last click. */
function noteClicks() {
  addEventListener("mousedown", () => (globalThis.clickedAt = Date.now()), true);
}

/** Of the extension host that there is, while the file was opened; 0 for less than 10 ms. */
function longestSilence(pids, folder, { opened, shown }) {
  const files = pids.map((pid) => path.join(folder, String(pid))).filter((file) => existsSync(file));
  if (files.length !== 1) throw new Error(`There are ${files.length} extension hosts that note their delays.`);
  const late = readFileSync(files[0], "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map(Number))
    .filter(([at, ms]) => at >= opened && at - ms <= shown)
    .map(([, ms]) => ms);
  return Math.max(0, ...late);
}
