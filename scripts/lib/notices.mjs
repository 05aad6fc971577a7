/** The licences of the packages that ended up in the bundles. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { root } from "./process.mjs";

/** `node_modules/a/node_modules/@b/c/lib/x.js` -> `node_modules/a/node_modules/@b/c` */
const packageFolder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * One text with name, version and licence of each package.
 *
 * @param {readonly string[]} inputs files of a bundle, relative to the project's root, with forward slashes
 */
export async function thirdPartyNotices(inputs) {
  const folders = new Set(inputs.flatMap((input) => packageFolder.exec(input)?.[0] ?? []));
  const notices = await Promise.all([...folders].map(notice));
  const unique = [...new Set(notices)].sort((a, b) => a.localeCompare(b, "en"));
  return ["The files of this folder contain the following packages.\n", ...unique].join(`\n${"-".repeat(80)}\n`);
}

async function notice(folder) {
  const directory = path.join(root, folder);
  const { name, version, license } = JSON.parse(await readFile(path.join(directory, "package.json"), "utf8"));
  const texts = await Promise.all((await licenceFiles(directory)).map((file) => readFile(file, "utf8")));
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join("\n\n") + "\n";
}

/** Files that are named so, and all of folders that are. */
async function licenceFiles(directory) {
  const entries = await readdir(directory, { withFileTypes: true });
  const named = entries.filter(({ name }) => /^(licen[cs]e|notice|thirdpartynotice)/i.test(name));
  const files = await Promise.all(
    named.map(async (entry) => {
      const place = path.join(directory, entry.name);
      return entry.isDirectory() ? (await readdir(place)).map((name) => path.join(place, name)) : [place];
    }),
  );
  return files.flat().sort();
}
