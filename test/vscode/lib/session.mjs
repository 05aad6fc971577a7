/** One run of VS Code over a workspace, from start to clean-up. */
import path from "node:path";
import { startCodeServer } from "./code-server.mjs";
import { shotsDir } from "./paths.mjs";
import { runInOrder } from "./report.mjs";
import { launchBrowser, openWorkbench } from "./workbench.mjs";

/**
 * Opens the workspace's file `open` and runs the tests in order.
 *
 * @param {{ vsix: string, workspace: ReturnType<typeof import("./workspace.mjs").createWorkspace>, open: string,
 *   trusted?: boolean, name: string }} options `name`: begins the names of the screenshots
 * @param {readonly (readonly [name: string, test: (context: object) => Promise<string | undefined>])[]} tests a test's
 *   context is `{ page, server, workspace, shoot }`
 */
export async function runInWorkbench({ vsix, workspace, open, trusted = true, name }, tests) {
  const server = await startCodeServer(vsix, { trusted });
  const browser = await launchBrowser();
  try {
    const page = await openWorkbench(browser, server, workspace.folder, path.join(workspace.folder, open));
    const shoot = (shot) => page.screenshot({ path: path.join(shotsDir, `${name}-${shot}.png`) });
    const context = { page, server, workspace, shoot };
    const bound = tests.map(([title, test]) => [title, () => test(context)]);
    return await runInOrder(bound, async () => {
      console.log(server.extensionLog());
      await shoot("failure");
    });
  } finally {
    await browser.close();
    await server.stop();
    workspace.remove();
  }
}
