// `npm run bench [-- name...]`: builds, then runs the benchmarks one after another (never two at once: they time things).
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { cpus, release } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const wanted = process.argv.slice(2);
const known = readdirSync(path.join(root, "bench"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -3));
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(", ")}; there are ${known.join(", ")}.`);
  process.exit(2);
}
execFileSync(process.execPath, [path.join(root, "scripts/build.mjs")], { stdio: "inherit", cwd: root });
const out = path.join(root, "dist/bench");
mkdirSync(out, { recursive: true });
const names = wanted.length > 0 ? wanted : known;
await build({
  entryPoints: names.map((name) => path.join(root, "bench", `${name}.ts`)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  // The parser that is shipped, not the whole compiler: it counts in memory.
  alias: { typescript: path.join(root, "dist/typescript.cjs") },
  external: [path.join(root, "dist/typescript.cjs")],
  // What looks for files beside itself finds those of the build.
  define: { "import.meta.dirname": JSON.stringify(path.join(root, "dist")) },
  logLevel: "warning",
});
// What is loaded into a server that is measured.
await build({
  entryPoints: [path.join(root, "bench/preload/server-clock.ts")],
  outfile: path.join(out, "server-clock.cjs"),
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  logLevel: "warning",
});
console.log(
  `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown processor"}, Linux ${release()}, Node ${process.version}\n`,
);
for (const name of names) {
  console.log(`## ${name}\n`);
  execFileSync(process.execPath, [path.join(out, `${name}.mjs`)], { stdio: "inherit", cwd: root });
}
