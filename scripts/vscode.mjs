/**
 * `npm run vscode`: VS Code with the extension in a browser, for whoever has no VS Code. Sets up what is missing, serves
 * it on this machine alone behind a password, prints the address, and cleans up on Ctrl-C.
 *
 *   node scripts/vscode.mjs [FOLDER] [--port N] [--vsix FILE]
 *
 * FOLDER: what to open; by default a copy of examples/ in dist/playground, which keeps its changes until it is deleted.
 */
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { root } from "./lib/process.mjs";
import { packageExtension } from "./package.mjs";
import { ensureBuilt, ensureInstalled } from "./setup.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: "string" }, vsix: { type: "string" } },
});

/** The folder to open, absolute. Throws a one-sentence error when there is none. */
function folderToOpen() {
  const [given] = positionals;
  if (given !== undefined) {
    const folder = path.resolve(given);
    if (!existsSync(folder) || !statSync(folder).isDirectory())
      throw new Error(`${folder} is no folder: name another.`);
    return folder;
  }
  const playground = path.join(root, "dist", "playground");
  if (!existsSync(playground)) cpSync(path.join(root, "examples"), playground, { recursive: true });
  return playground;
}

/** The model file that is shown first. */
function firstModel(folder) {
  const models = readdirSync(folder, { recursive: true }).filter(
    (name) => name.endsWith(".model.ts") && !name.includes("node_modules"),
  );
  return models.find((name) => name.includes("six-modulations")) ?? models.sort()[0];
}

async function packed(folder) {
  if (values.vsix !== undefined) return path.resolve(values.vsix);
  await ensureBuilt();
  return packageExtension(path.join(folder, "quantlens.vsix"));
}

function portNumber() {
  if (values.port === undefined) return undefined;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error(`--port ${values.port} is no port number.`);
  return port;
}

/** Resolves when the user asks for the end. */
function endAsked() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, resolve);
  });
}

async function main() {
  const port = portNumber();
  await ensureInstalled();
  // What needs the installed packages is loaded when they are there.
  const { installCodeServer, whyNoVsCode } = await import("../test/vscode/install-vscode.mjs");
  const { startCodeServer } = await import("../test/vscode/lib/code-server.mjs");
  const reason = whyNoVsCode();
  if (reason !== undefined) throw new Error(`VS Code in a browser cannot run here: ${reason}`);
  const folder = folderToOpen();
  console.error("Setting up VS Code and packing the extension ...");
  installCodeServer();
  const temporary = mkdtempSync(path.join(os.tmpdir(), "quantlens-vsix-"));
  const ended = endAsked();
  const password = randomBytes(12).toString("base64url");
  let server;
  try {
    server = await startCodeServer(await packed(temporary), { trusted: true, port, password });
    const query = new URLSearchParams({ folder });
    const model = firstModel(folder);
    if (model !== undefined) {
      const file = `vscode-remote://${server.authority}${path.join(folder, model)}`;
      query.set("payload", JSON.stringify([["openFile", file]]));
    }
    console.log(`\nOpen       ${server.url}/?${query}\nPassword   ${password}\n\nCtrl-C ends it.`);
    await ended;
  } finally {
    await server?.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
