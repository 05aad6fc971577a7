/** What the training dashboard costs the window while a run of very many batches goes on. */
import { appendFileSync } from "node:fs";
import path from "node:path";
import { closeWorkbench, newPage, openWorkbench } from "../lib/browser.mjs";
import { runCommand } from "../lib/palette.mjs";
import { webviewWith } from "../lib/panels.mjs";
import { descendantsWith } from "../lib/processes.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

const run = "runs/long-1";
const batches = 1000;
/** Batches that the run has before it is followed. */
const before = 100_000;
const eventsPerSecond = 60;
const seconds = 60;

/**
 * Follows a run of 100,000 batches while 60 more come each second for a minute. `dashboardTasks`: milliseconds of each task
 * of the window's main thread in which the dashboard's page did something; `dashboardHeap`: bytes that the window's heap has
 * grown by, collected before and after.
 *
 * @returns {Promise<{ dashboardTasks: number[], dashboardHeap: number }>}
 */
export async function measureDashboard({ server, browser }) {
  const files = { [`${run}/run.json`]: manifest, [`${run}/events.jsonl`]: eventLines(0, before) };
  const workspace = createWorkspace({ files });
  const page = await newPage(browser);
  try {
    await openWorkbench(page, server, { folder: workspace.folder });
    await runCommand(page, "QuantLens: Show Training Dashboard");
    const frame = await webviewWith(page, "#runs");
    await untilPoints(frame, before);
    const devTools = await devToolsOf(frame);
    const id = await pageId(devTools);
    const heapBefore = await collectedHeap(devTools);
    const trace = await startTrace(browser, page);
    await writeEvents(path.join(workspace.folder, run, "events.jsonl"));
    await untilPoints(frame, before + eventsPerSecond * seconds);
    const dashboardTasks = tasksOf(await trace.stop(), id);
    return { dashboardTasks, dashboardHeap: (await collectedHeap(devTools)) - heapBefore };
  } finally {
    await closeWorkbench(page, () => descendantsWith(server.pid, "--type=extensionHost"));
    workspace.remove();
  }
}

const manifest = JSON.stringify({ model: { name: "Long", file: "long.model.ts", sha256: "" } });

/** The journal from one batch to another, with its beginning and with the epochs that end in it. */
function eventLines(first, end) {
  const time = new Date().toISOString();
  const place = { time, attempt: 1, stage: 1, round: 1, name: "train 1" };
  const model = { name: "Long", file: "long.model.ts", sha256: "" };
  const stages = [{ name: "train 1", kind: "train", epochs: 200 }];
  const events = first === 0 ? [{ time, event: "run", schema: 1, model, backend: "wasm", stages }] : [];
  for (let batch = first; batch < end; batch++) {
    const epoch = Math.floor(batch / batches) + 1;
    const loss = 2 / (1 + batch / 5000) + 0.1 * Math.sin(batch * 12.9898);
    const progress = { epoch, batch: (batch % batches) + 1, batches, loss, samplesPerSecond: 5000, secondsLeft: 10 };
    events.push({ ...place, event: "progress", ...progress });
    if ((batch + 1) % batches !== 0) continue;
    const accuracy = { test: 1 - 1 / (1 + epoch / 10) };
    const result = { epoch, epochs: 200, loss, trainAccuracy: accuracy.test, lr: 0.01, samplesPerSecond: 5000 };
    events.push({ ...place, event: "epoch", ...result, accuracy, best: true });
  }
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** Appends as the run would: as many batches as are due by the clock. */
async function writeEvents(file) {
  const started = performance.now();
  for (let written = 0; written < eventsPerSecond * seconds;) {
    await new Promise((resolve) => setTimeout(resolve, 1000 / eventsPerSecond));
    const elapsed = (performance.now() - started) / 1000;
    const due = Math.min(Math.floor(elapsed * eventsPerSecond), eventsPerSecond * seconds);
    if (due > written) appendFileSync(file, eventLines(before + written, before + due));
    written = due;
  }
}

async function untilPoints(frame, count) {
  const canvas = frame.locator("#loss .canvas[data-points]");
  await until(`${count} points`, async () => Number(await canvas.getAttribute("data-points")) >= count);
}

/** Bytes of the main thread's heap after a collection. */
async function collectedHeap(devTools) {
  await devTools.send("HeapProfiler.enable");
  await devTools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devTools.send("Runtime.getHeapUsage");
  return usedSize;
}

/** Records what the browser's threads do until `stop`, which resolves to the events. */
async function startTrace(browser, page) {
  await browser.startTracing(page, {
    categories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"],
  });
  return {
    async stop() {
      return JSON.parse((await browser.stopTracing()).toString("utf8")).traceEvents;
    },
  };
}

/** Chromium's tools for the process that a frame lives in: that of the nearest frame above that has one of its own. */
async function devToolsOf(frame) {
  try {
    return await frame.page().context().newCDPSession(frame);
  } catch (error) {
    const above = frame.parentFrame();
    if (above === null) throw error;
    return devToolsOf(above);
  }
}

/** The id, as traces have it, of the page in the webview that is shown. */
async function pageId(devTools) {
  const { frameTree } = await devTools.send("Page.getFrameTree");
  const all = ({ frame, childFrames = [] }) => [frame, ...childFrames.flatMap(all)];
  const found = all(frameTree).filter(({ name }) => name === "active-frame");
  if (found.length !== 1) throw new Error(`There are ${found.length} webviews where 1 was expected.`);
  return found[0].id;
}

/** The lengths in milliseconds of the tasks during which something happened in the frame. */
function tasksOf(events, frame) {
  const inFrame = events.filter(({ args }) => args?.data?.frame === frame || args?.data?.frameId === frame);
  const threads = new Set(inFrame.map(({ pid, tid }) => `${pid} ${tid}`));
  const tasks = events
    .filter(({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && threads.has(`${pid} ${tid}`))
    .sort((a, b) => a.ts - b.ts);
  const busy = new Set(inFrame.map((event) => taskAt(tasks, event)).filter((task) => task !== undefined));
  return [...busy].map(({ dur }) => dur / 1000);
}

/** The task during which an event happened: the last one that has begun before it, by binary search. */
function taskAt(tasks, { ts }) {
  let [low, high] = [0, tasks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tasks[middle].ts <= ts) low = middle + 1;
    else high = middle;
  }
  const task = tasks[low - 1];
  return task !== undefined && ts <= task.ts + task.dur ? task : undefined;
}
