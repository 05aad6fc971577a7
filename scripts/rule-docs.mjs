/**
 * `node scripts/rule-docs.mjs`: writes docs/rules from the rules themselves, and removes pages of rules that are gone; writes the
 * codes that the setting `quantlens.severities` offers into package.json.
 * A test fails when what is on disk is not what this would write.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { root } from "./lib/process.mjs";

const folder = path.join(root, "docs/rules");

async function load(source) {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, source)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
  });
  const [bundle] = outputFiles;
  return import(`data:text/javascript;base64,${Buffer.from(bundle.contents).toString("base64")}`);
}

const { rulePages } = await load("shared/rules/documentation.ts");
const { severityCodes } = await load("server/src/severities.ts");

const pages = rulePages();
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) {
  if (name.endsWith(".md") && !pages.has(name)) await rm(path.join(folder, name));
}
for (const [name, text] of pages) await writeFile(path.join(folder, name), text);
process.stdout.write(`docs/rules: ${pages.size} pages\n`);

const manifestFile = path.join(root, "package.json");
const manifest = JSON.parse(await readFile(manifestFile, "utf8"));
for (const { properties } of manifest.contributes.configuration) {
  const setting = properties["quantlens.severities"];
  if (setting)
    setting.propertyNames = { enum: [...severityCodes.keys()], enumDescriptions: [...severityCodes.values()] };
}
await writeFile(manifestFile, `${JSON.stringify(manifest, undefined, 2)}\n`);
process.stdout.write(`package.json: ${severityCodes.size} codes\n`);
