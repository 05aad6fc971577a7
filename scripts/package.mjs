/**
 * `npm run package`: builds, and packs the extension into quantlens-<version>.vsix.
 *
 *   node scripts/package.mjs [--out FILE] [--no-build]
 *
 * The package is made in a folder of its own that holds just what .vscodeignore allows and the plugin for TypeScript's
 * server: vsce refuses a manifest with the `files` list that the npm package needs, and would ship all of node_modules.
 */
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createVSIX } from "@vscode/vsce";
import { root } from "./lib/process.mjs";
import { ensureBuilt } from "./setup.mjs";

const limitBytes = 8 * 1024 * 1024;

const pluginName = "quantlens-typescript-plugin";

/** What only npm and the project's own scripts read. */
const npmKeys = ["bin", "dependencies", "devDependencies", "exports", "files", "scripts", "types"];

/** The paths that .vscodeignore allows; a folder is given as `folder/**`. */
async function allowedPaths() {
  const lines = (await readFile(path.join(root, ".vscodeignore"), "utf8")).split("\n");
  return lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1).replace(/\/\*\*$/, ""));
}

async function stage(folder) {
  for (const allowed of await allowedPaths()) {
    const from = path.join(root, allowed);
    await stat(from).catch(() => {
      throw new Error(`${allowed} is missing, which .vscodeignore lists: add it or take it off the list.`);
    });
    await cp(from, path.join(folder, allowed), { recursive: true });
  }
  const manifest = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  await stagePlugin(folder, manifest);
  const shipped = Object.fromEntries(Object.entries(manifest).filter(([key]) => !npmKeys.includes(key)));
  const dependencies = { [pluginName]: manifest.version };
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ ...shipped, dependencies }, null, 2));
  const allowed = await readFile(path.join(root, ".vscodeignore"), "utf8");
  await writeFile(path.join(folder, ".vscodeignore"), `${allowed}!node_modules/${pluginName}/**\n`);
  return manifest;
}

/** TypeScript's server finds its plugins as packages: this one is made a dependency of the extension. */
async function stagePlugin(folder, { version, license, contributes }) {
  const [{ name }] = contributes.typescriptServerPlugins;
  if (name !== pluginName) throw new Error(`The manifest names the plugin ${name}, and the package has ${pluginName}.`);
  const plugin = path.join(folder, "node_modules", pluginName);
  await cp(path.join(root, "dist/typescript-plugin"), plugin, { recursive: true });
  await writeFile(path.join(plugin, "package.json"), JSON.stringify({ name, version, license, main: "index.js" }));
}

/** Packs the extension and returns the path of the package. Throws a one-sentence error. */
export async function packageExtension(out) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "quantlens-package-"));
  try {
    const manifest = await stage(folder);
    const packagePath = path.resolve(root, out ?? `quantlens-${manifest.version}.vsix`);
    // A fixed time of all entries makes equal input give an equal package.
    process.env.SOURCE_DATE_EPOCH ??= String(Date.UTC(2000, 0, 1) / 1000);
    await createVSIX({
      cwd: folder,
      packagePath,
      dependencies: true,
      rewriteRelativeLinks: false,
      allowMissingRepository: true,
    });
    const { size } = await stat(packagePath);
    if (size > limitBytes) {
      throw new Error(`${path.basename(packagePath)} has ${size} bytes and may have ${limitBytes}: ship less.`);
    }
    console.log(`${path.relative(root, packagePath)}: ${Math.ceil(size / 1024)} KiB`);
    return packagePath;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  try {
    const { values } = parseArgs({ options: { out: { type: "string" }, "no-build": { type: "boolean" } } });
    if (!values["no-build"]) await ensureBuilt();
    await packageExtension(values.out);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
