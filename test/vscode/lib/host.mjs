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
  const lines = [];
  const record = (text) => {
    const at = text.indexOf(marker);
    if (at < 0) return lines.push(text);
    const result = JSON.parse(text.slice(at + marker.length));
    counts[result.outcome]++;
    return printOutcome(result);
  };
  const ended = new Promise((resolve) => {
    void page.exposeFunction("codeAutomationExit", (code) => resolve(code));
  });
  await page.exposeFunction("codeAutomationLog", (_level, args) => args.map(String).forEach(record));
  try {
    await page.goto(urlOf(server, workspace, suite));
    const code = await Promise.race([ended, page.waitForTimeout(limitMs).then(() => "no end")]);
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

function urlOf(server, { folder, file }, suite) {
  const remote = (target) => `vscode-remote://${server.authority}${target}`;
  const payload = [
    ["extensionDevelopmentPath", remote(path.join(testDir, "host"))],
    ["extensionTestsPath", remote(path.join(testDir, "host", `${suite}.cjs`))],
  ];
  const query = new URLSearchParams({ ...(file === undefined ? { folder } : { workspace: file }) });
  query.set("payload", JSON.stringify(payload));
  return `${server.url}/?${query}`;
}
