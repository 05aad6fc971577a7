/** `npm run setup`: installs the npm packages when they are missing or differ from the lock file, and builds. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { root, runNode, runNpm } from "./lib/process.mjs";

const leastNode = 20;

/** Ends the process with one sentence when this Node is too old to run anything of the project. */
function requireNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= leastNode) return;
  console.error(`QuantLens needs Node ${leastNode} or newer and this is ${process.version}: install a newer Node.`);
  process.exit(2);
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** True when every package of the lock file is installed in its version (those for other platforms aside). */
export function isInstalled() {
  const wanted = readLock("package-lock.json") ?? {};
  const present = readLock("node_modules/.package-lock.json");
  if (present === undefined) return false;
  return Object.entries(wanted).every(
    ([name, { version, optional }]) =>
      name === "" || present[name]?.version === version || (optional === true && present[name] === undefined),
  );
}

/** Installs what the lock file says, if it is not there. Throws a one-sentence error when npm fails. */
export async function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  console.error("Installing the npm packages of package-lock.json ...");
  const { code } = await runNpm(["ci", "--no-audit", "--no-fund"]);
  if (code !== 0) throw new Error("`npm ci` failed: see its output above, and run this again when it is mended.");
}

/** Builds `dist/`. `args` as for build.mjs. Throws a one-sentence error when the build fails. */
export async function ensureBuilt(args = []) {
  const { code, output } = await runNode(["scripts/build.mjs", ...args], { quiet: true });
  if (code !== 0) throw new Error(`The build failed:\n${output}`);
  return output;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureInstalled();
    console.log(await ensureBuilt());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
