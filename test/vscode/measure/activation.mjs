/** What loading and activating the extension takes in a window that opens a TypeScript file. */
import { closeWorkbench, newPage } from "../lib/browser.mjs";
import { runSuite } from "../lib/host.mjs";
import { descendantsWith } from "../lib/processes.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

/**
 * One sample in milliseconds by VS Code's own clock: `load`, the bundle with all that it requires; `activate`, the call; and
 * `inQueue`, what VS Code shows to users for both, with the loading of the extensions that the same file activates before
 * ours: TypeScript's, Emmet's, npm's.
 *
 * @returns {Promise<{ load: number, activate: number, inQueue: number }>}
 */
export async function measureActivation({ servers, browser }) {
  const workspace = createWorkspace();
  const server = await servers.get("host");
  const page = await newPage(browser);
  try {
    const results = [];
    const record = (result) => results.push(result);
    const { code } = await runSuite(page, server, workspace, { suite: "activation", open: workspace.plain, record });
    if (code !== 0) throw new Error(`The suite activation has ended with ${code}: ${JSON.stringify(results)}`);
    return results[0].value;
  } finally {
    await closeWorkbench(page, () => descendantsWith(server.pid, "--type=extensionHost"));
    workspace.remove();
  }
}
