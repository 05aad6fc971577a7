/**
 * Tests inside the extension host, with VS Code's API: what a user does not see but other extensions and settings do.
 * The extension under test is the installed package; an empty extension (host/package.json) carries the tests.
 */
import path from "node:path";
import { closeWorkbench, newPage } from "./browser.mjs";
import { shotsDir, testDir } from "./paths.mjs";
import { descendantsWith } from "./processes.mjs";
import { printOutcome } from "./report.mjs";

/** Begins the lines with which the extension host reports. */
const marker = "quantlens-test ";
const limitMs = 180_000;

/** Runs the suite `host/<suite>.cjs` in a window over the workspace and counts its tests. */
export async function runHostTests({ name, suite }, workspace, { servers, browser }) {
  const server = await servers.get("host");
  const page = await newPage(browser);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const record = (result) => {
    counts[result.outcome]++;
    printOutcome(result);
  };
  try {
    const { code, lines } = await runSuite(page, server, workspace, { suite, record });
    if (code !== 0 && counts.failed === 0) {
      console.log(lines.slice(-30).join("\n"));
      counts.failed++;
      printOutcome({ outcome: "failed", name: `the suite ${suite}`, seconds: 0, note: `it ended with ${code}` });
    }
    if (counts.failed > 0) {
      console.log(server.extensionLog());
      await page.screenshot({ path: path.join(shotsDir, `${name}-failure.png`) });
    }
    return counts;
  } finally {
    await closeWorkbench(page, () => descendantsWith(server.pid, "--type=extensionHost"));
  }
}

/**
 * Runs a suite in a page, with `open` of the workspace in an editor when it is given. `record` gets the result of each of
 * its tests; resolves to how the suite ended, and what else the extension host has said.
 */
export async function runSuite(page, server, workspace, { suite, open, record }) {
  const lines = [];
  const read = (text) => {
    const at = text.indexOf(marker);
    if (at < 0) lines.push(text);
    else record(JSON.parse(text.slice(at + marker.length)));
  };
  const ended = new Promise((resolve) => {
    void page.exposeFunction("codeAutomationExit", (code) => resolve(code));
  });
  await page.exposeFunction("codeAutomationLog", (_level, args) => args.map(String).forEach(read));
  await page.goto(urlOf(server, workspace, suite, open));
  const code = await Promise.race([ended, page.waitForTimeout(limitMs).then(() => "no end")]);
  return { code, lines };
}

function urlOf(server, { folder, file }, suite, open) {
  const remote = (target) => `vscode-remote://${server.authority}${target}`;
  const payload = [
    ["extensionDevelopmentPath", remote(path.join(testDir, "host"))],
    ["extensionTestsPath", remote(path.join(testDir, "host", `${suite}.cjs`))],
    ...(open === undefined ? [] : [["openFile", remote(path.join(folder, open))]]),
  ];
  const query = new URLSearchParams({ ...(file === undefined ? { folder } : { workspace: file }) });
  query.set("payload", JSON.stringify(payload));
  return `${server.url}/?${query}`;
}
