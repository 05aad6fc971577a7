/** Child processes for the scripts: Node built-ins only, because they run before any package is installed. */
import { spawn } from "node:child_process";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

/**
 * Runs a program without a shell and waits for its end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, cwd?: string }} [options] `quiet`: do not pass the output on while it comes.
 * @returns {Promise<{ code: number, output: string }>} all that it printed; `code` is 1 when the program could
 *   not start or was killed.
 */
export function run(command, args, { quiet = false, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    for (const name of ["stdout", "stderr"]) {
      child[name].on("data", (chunk) => {
        chunks.push(chunk);
        if (!quiet) process[name].write(chunk);
      });
    }
    const finish = (code, note = "") => resolve({ code, output: Buffer.concat(chunks).toString("utf8") + note });
    child.on("error", (error) => finish(1, `${command}: ${error.message}\n`));
    child.on("close", (code, signal) => finish(code ?? 1, signal ? `${command} was ended by ${signal}\n` : ""));
  });
}

/** Runs a JavaScript file with the Node that runs this script. */
export function runNode(args, options) {
  return run(process.execPath, args, options);
}

/** Runs npm: the one that started this script when there is one. */
export function runNpm(args, options) {
  const npm = process.env.npm_execpath;
  if (npm?.endsWith(".js")) return runNode([npm, ...args], options);
  return run("npm", args, options);
}
