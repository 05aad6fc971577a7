/** How large the shipped program is: everything the extension loads. */
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { print, table } from "./lib/stats.js";

const shipped = ["client.cjs", "server.cjs", "typescript.cjs", "sandbox-worker.cjs", "dsl-sandbox.js"];
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
