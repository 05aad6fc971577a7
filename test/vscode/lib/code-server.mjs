/** Installs an extension into code-server, starts it and stops it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { codeServerDir, nodeBinary } from "./paths.mjs";
import { descendantsWith, endProcess } from "./processes.mjs";
import { until } from "./until.mjs";

const entry = path.join(codeServerDir, "out/node/entry.js");

/** A quiet workbench: no network, no tips, text in the DOM. */
const userSettings = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.reduceMotion": "on",
  "workbench.editor.enablePreview": false,
  "workbench.editor.useModal": "off",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "terminal.integrated.gpuAcceleration": "off",
  "terminal.integrated.shellIntegration.enabled": false,
  "terminal.integrated.profiles.linux": { sh: { path: "/bin/sh" } },
  "terminal.integrated.defaultProfile.linux": "sh",
  "git.openRepositoryInParentFolders": "never",
  "editor.minimap.enabled": false,
  "editor.accessibilitySupport": "off",
  "files.autoSave": "off",
  "files.simpleDialog.enable": true,
  "window.restoreWindows": "none",
  "security.workspace.trust.startupPrompt": "never",
};

/**
 * Starts code-server with the extension package installed; everything lies in a temporary folder. When `trusted` is
 * false, folders open in restricted mode. `driver` switches VS Code's smoke-test driver on, `port` fixes the port, and
 * `password` is asked of the browser; without one everybody on this machine gets in. `env`: further variables of its
 * processes; `beside`: folders of extensions that are there besides.
 */
export async function startCodeServer(vsix, { trusted, driver = false, port, password, env = {}, beside = [] }) {
  const home = mkdtempSync(path.join(tmpdir(), "quantlens-vscode-"));
  const data = path.join(home, "data");
  const folders = ["--user-data-dir", data, "--extensions-dir", path.join(home, "extensions")];
  // What lies there before the first start is taken for installed.
  for (const folder of beside)
    cpSync(folder, path.join(home, "extensions", path.basename(folder)), { recursive: true });
  mkdirSync(path.join(data, "User"), { recursive: true });
  writeFileSync(path.join(data, "User/settings.json"), JSON.stringify(userSettings, null, 2));
  execFileSync(nodeBinary, [entry, ...folders, "--install-extension", vsix, "--force"], { stdio: "pipe" });

  const address = `127.0.0.1:${port ?? (await freePort())}`;
  const args = [
    "--auth",
    password === undefined ? "none" : "password",
    "--bind-addr",
    address,
    "--config",
    path.join(home, "config.yaml"),
  ];
  args.push("--disable-telemetry", "--disable-update-check", "--disable-getting-started-override");
  if (trusted) args.push("--disable-workspace-trust");
  if (driver) args.push("--vscode-option", "enable-smoke-test-driver");
  const child = spawn(nodeBinary, [entry, ...args, ...folders], {
    env: {
      ...process.env,
      ...env,
      PASSWORD: password ?? "",
      HOME: home,
      XDG_CONFIG_HOME: path.join(home, ".config"),
      XDG_DATA_HOME: path.join(home, ".local"),
    },
    stdio: ["ignore", "pipe", "pipe"],
    // A process group of its own, so that its extension host ends with it.
    detached: true,
  });
  let log = "";
  child.stdout.on("data", (text) => (log += text));
  child.stderr.on("data", (text) => (log += text));
  const url = `http://${address}`;
  const answers = async () => {
    if (child.exitCode !== null) throw new Error(`code-server ended with exit code ${child.exitCode}:\n${log}`);
    return (await fetch(`${url}/healthz`).catch(() => undefined))?.ok;
  };
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      // Terminals are sessions of their own: what runs in them does not end with the group.
      const inTerminals = descendantsWith(child.pid, "");
      process.kill(-child.pid, "SIGKILL");
      inTerminals.forEach(endProcess);
      await ended;
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  await until("code-server", answers);
  return { url, authority: address, pid: child.pid, extensionLog: () => extensionLog(data), stop };
}

/** The last lines of what the extension has written to its output channel in the newest window. */
function extensionLog(data) {
  const logs = path.join(data, "logs");
  const files = existsSync(logs) ? readdirSync(logs, { recursive: true }) : [];
  const ours = files.filter((name) => path.basename(name) === "QuantLens.log").map((name) => path.join(logs, name));
  const newest = ours.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  return newest === undefined ? "" : readFileSync(newest, "utf8").split("\n").slice(-30).join("\n");
}

async function freePort() {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
