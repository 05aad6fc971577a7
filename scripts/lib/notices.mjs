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
  const files = (await readdir(directory)).filter((file) => /^(licen[cs]e|notice|thirdpartynotice)/i.test(file));
  const texts = await Promise.all(files.sort().map((file) => readFile(path.join(directory, file), "utf8")));
  return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join("\n\n") + "\n";
}
