/**
 * Sets up a real VS Code for the end-to-end tests: code-server (the VS Code workbench and its Node extension host),
 * a Node that is new enough for it, and Debian's Chromium. Comes from the npm registry and Debian alone, compiles
 * nothing, and does nothing when everything is there.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { chromiumPath, codeServerDir, testDir } from "./lib/paths.mjs";

const stampFile = path.join(testDir, "node_modules", ".installed");

/**
 * Stand-ins for two native modules that `--ignore-scripts` leaves uncompiled. VS Code runs without them, but then
 * prints long errors and writes no log files. They are loaded with `import()`, hence the `exports.name =` form.
 */
const standIns = {
  "@vscode/spdlog": `
const fs = require("fs");
const path = require("path");
const levels = ["trace", "debug", "info", "warn", "error", "critical"];
class Logger {
  constructor(file) { this.file = file; this.level = 2; this.raw = false; }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.raw = true; }
  flush() {}
  drop() {}
}
levels.forEach((name, index) => {
  Logger.prototype[name] = function (message) {
    if (index < this.level) return;
    const line = this.raw ? message : new Date().toISOString() + " [" + name + "] " + message + "\\n";
    try { fs.appendFileSync(this.file, line); } catch {}
  };
});
const create = async (_name, file) => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return new Logger(file);
};
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
`,
  "@vscode/native-watchdog": `
exports.start = () => {};
exports.exit = (code) => process.exit(code || 0);
`,
};

function npm(args, cwd) {
  const started = Date.now();
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", [...args, ...quiet], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`npm ${args.join(" ")} in ${path.relative(testDir, cwd) || "test/vscode"}: ${seconds} s`);
}

/** Installs code-server unless this very lock file was installed before. */
export function installCodeServer() {
  const lock = readFileSync(path.join(testDir, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted) return;
  npm(["ci"], testDir);
  // `npm ci` refuses in these two, because the shrinkwrap that code-server ships differs slightly from its
  // package.json; `npm install` follows the shrinkwrap.
  npm(["install", "--omit=dev"], path.join(codeServerDir, "lib/vscode"));
  npm(["install", "--omit=dev"], path.join(codeServerDir, "lib/vscode/extensions"));
  for (const [name, code] of Object.entries(standIns)) {
    writeFileSync(path.join(codeServerDir, "lib/vscode/node_modules", name, "index.js"), code.trimStart());
  }
  writeFileSync(stampFile, wanted);
}

function installChromium() {
  if (chromiumPath() !== undefined) return;
  console.log("installing chromium with apt-get");
  const options = {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  execFileSync("apt-get", ["update"], options);
  execFileSync("apt-get", ["install", "-y", "--no-install-recommends", "chromium"], options);
}

/** One sentence when this machine cannot run code-server as it is installed here; `undefined` when it can. */
export function whyNoVsCode() {
  if (process.platform === "linux" && process.arch === "x64") return undefined;
  return `it needs Linux x64 and this is ${process.platform} ${process.arch}.`;
}

/** One sentence when this machine cannot run the tests; `undefined` when it can. */
export function whyImpossible() {
  const reason = whyNoVsCode();
  if (reason !== undefined) return reason;
  const installable = process.getuid() === 0 && existsSync("/usr/bin/apt-get");
  if (chromiumPath() === undefined && !installable) {
    return "no Chromium was found: install it, or set CHROMIUM to the path of a Chromium or Chrome program.";
  }
  return undefined;
}

/** Sets up everything that the end-to-end tests need and that is missing. */
export function installVsCode() {
  installCodeServer();
  installChromium();
}

if (process.argv[1] === import.meta.filename) installVsCode();
