/** How large the shipped program is: everything the extension loads, and the package with all that its tasks run. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { print, table } from "./lib/stats.js";

const shipped = [
  "client.cjs",
  "language-client.cjs",
  "server.cjs",
  "typescript.cjs",
  "sandbox-worker.cjs",
  "dsl-sandbox.js",
];
const dist = path.join(process.cwd(), "dist");
const present = new Set(readdirSync(dist));
const rows: string[][] = [];
let total = 0;
for (const name of shipped) {
  if (!present.has(name)) throw new Error(`dist/${name} is missing: run npm run build`);
  const file = path.join(dist, name);
  const size = statSync(file).size;
  total += size;
  rows.push([name, `${(size / 1e6).toFixed(2)} MB`, `${(gzipSync(readFileSync(file)).length / 1e6).toFixed(2)} MB`]);
}
rows.push(["client + server", `${(total / 1e6).toFixed(2)} MB`, ""]);
print("Size of client and server (goal: 5 MB)");
table(["file", "size", "gzipped"], rows);

const folder = mkdtempSync(path.join(tmpdir(), "quantlens-size-"));
try {
  const vsix = path.join(folder, "quantlens.vsix");
  execFileSync(process.execPath, ["scripts/package.mjs", "--no-build", "--out", vsix], { stdio: "ignore" });
  print("Size of the extension's package, which needs nothing else to train (goal: 8 MB)");
  table(["file", "size"], [["quantlens.vsix", `${(statSync(vsix).size / 1e6).toFixed(2)} MB`]]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
