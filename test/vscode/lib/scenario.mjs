/**
 * A scenario is one subject in one window of VS Code: tests that build on each other, as a user's steps do. Each file in
 * scenarios/ exports one:
 *
 *   export default {
 *     name: "editing",                          // for --only, and the names of its screenshots
 *     kind: "trusted",                          // which VS Code, see servers.mjs; "trusted" when it is left out;
 *                                               // "none": an empty page, and the tests start what they need
 *     workspace: () => createWorkspace(...),    // a fresh folder with files that the tests need
 *     open: "net.model.ts",                     // shown in an editor from the start; may be left out
 *     tests: [["what a user sees", async (context) => { ... }], ...],
 *   };
 *
 * A test's context is `{ page, server, workspace, vsix, shoot, pictures }`; it may put what later tests need into it. A test
 * that resolves to a sentence was skipped for that reason. `shoot(name)` keeps a screenshot for whoever looks into a
 * failure, `pictures` takes those of the documentation (pictures.mjs).
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { closeWorkbench, newPage, openWorkbench } from "./browser.mjs";
import { runHostTests } from "./host.mjs";
import { shotsDir, testDir } from "./paths.mjs";
import { descendantsWith } from "./processes.mjs";
import { runInOrder } from "./report.mjs";

const folder = path.join(testDir, "scenarios");

/** All scenarios, or those with these names. Throws a one-sentence error for a name that is none. */
export async function loadScenarios(only) {
  const files = readdirSync(folder).filter((name) => name.endsWith(".mjs"));
  const all = await Promise.all(
    files.map(async (file) => (await import(pathToFileURL(path.join(folder, file)))).default),
  );
  const unknown = only.filter((name) => !all.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    throw new Error(`No scenario is called ${unknown}: there are ${all.map(({ name }) => name).join(", ")}.`);
  }
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
}

/**
 * Runs one scenario and returns how many of its tests passed, failed and were skipped.
 *
 * @param {{ servers: object, browser: import("playwright-core").Browser, vsix: string, pictures: object }} run
 */
export async function runScenario(scenario, run) {
  console.log(`-- ${scenario.name}`);
  const workspace = scenario.workspace?.();
  try {
    if (scenario.suite !== undefined) return await runHostTests(scenario, workspace, run);
    return await (scenario.kind === "none" ? runInPage : runInWindow)(scenario, workspace, run);
  } finally {
    workspace?.remove();
  }
}

async function runInWindow({ name, kind = "trusted", open, tests }, workspace, { servers, browser, vsix, pictures }) {
  const server = await servers.get(kind);
  const page = await newPage(browser);
  const file = open === undefined ? undefined : path.join(workspace.folder, open);
  const toOpen =
    workspace.file === undefined ? { folder: workspace.folder, file } : { workspace: workspace.file, file };
  const opens = ["VS Code opens", () => openWorkbench(page, server, toOpen)];
  try {
    return await runTests(name, [opens, ...tests], { page, server, workspace, vsix, pictures });
  } finally {
    await closeWorkbench(page, () => descendantsWith(server.pid, "--type=extensionHost"));
  }
}

async function runInPage({ name, tests }, workspace, { browser, vsix, pictures }) {
  const page = await newPage(browser);
  try {
    return await runTests(name, tests, { page, workspace, vsix, pictures });
  } finally {
    await page.context().close();
  }
}

function runTests(name, tests, what) {
  const { page, server } = what;
  const shoot = (shot) => page.screenshot({ path: path.join(shotsDir, `${name}-${shot}.png`) });
  const context = { ...what, shoot };
  const bound = tests.map(([title, test]) => [title, () => test(context)]);
  return runInOrder(bound, async () => {
    console.log(server?.extensionLog() ?? "");
    await shoot("failure");
  });
}
