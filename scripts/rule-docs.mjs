/**
 * `node scripts/rule-docs.mjs`: writes docs/rules from the rules themselves, and removes pages of rules that are gone.
 * A test fails when the pages on disk are not what this would write.
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { root } from "./lib/process.mjs";

const folder = path.join(root, "docs/rules");

const { outputFiles } = await build({
  entryPoints: [path.join(root, "shared/rules/documentation.ts")],
  bundle: true,
  write: false,
  format: "esm",
  platform: "neutral",
});
const [bundle] = outputFiles;
const { rulePages } = await import(`data:text/javascript;base64,${Buffer.from(bundle.contents).toString("base64")}`);

const pages = rulePages();
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) {
  if (name.endsWith(".md") && !pages.has(name)) await rm(path.join(folder, name));
}
for (const [name, text] of pages) await writeFile(path.join(folder, name), text);
process.stdout.write(`docs/rules: ${pages.size} pages\n`);
