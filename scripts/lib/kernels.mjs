/**
 * The WebAssembly kernels of `cli/train/wasm/assembly`, compiled twice: as they are, and with relaxed SIMD, whose fused
 * multiply-add only newer engines have. Nothing is done when the files of `dist/` already come from these sources.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { root, runNode } from "./process.mjs";

const sources = path.join(root, "cli/train/wasm/assembly");
const dist = path.join(root, "dist");
const compiler = path.join(root, "node_modules/assemblyscript");
const variants = [
  { file: "train-kernels.wasm", features: [] },
  { file: "train-kernels-relaxed.wasm", features: ["--enable", "relaxed-simd"] },
];
/** The memory is the caller's: shared, up to 4 GiB. The kernels have no data and no heap of their own. */
const options = ["-O3", "--noAssert", "--runtime", "stub", "--importMemory", "--sharedMemory"].concat([
  "--initialMemory",
  "1",
  "--maximumMemory",
  "65536",
  "--enable",
  "threads",
  "--enable",
  "simd",
]);

async function fingerprint() {
  const names = (await readdir(sources)).sort();
  const hash = createHash("sha256").update(JSON.stringify([options, variants]));
  hash.update(await readFile(path.join(compiler, "package.json")));
  for (const name of names) hash.update(`\n${name}\n`).update(await readFile(path.join(sources, name)));
  return hash.digest("hex");
}

async function compile({ file, features }) {
  const output = path.join(dist, `${file}.${process.pid}`);
  const args = [path.join(compiler, "bin/asc.js"), "index.ts", "-o", path.relative(sources, output)];
  const { code, output: said } = await runNode([...args, ...options, ...features], { quiet: true, cwd: sources });
  if (code !== 0) throw new Error(`The training kernels do not compile:\n${said}`);
  await rename(output, path.join(dist, file));
}

/** Compiles what is missing or out of date. Throws a one-sentence error, with the compiler's output, when that fails. */
export async function buildKernels() {
  const stamp = path.join(dist, "train-kernels.sha256");
  const wanted = await fingerprint();
  const present = await Promise.all(
    [stamp, ...variants.map(({ file }) => path.join(dist, file))].map((file) => readFile(file).catch(() => undefined)),
  );
  if (present.every((bytes) => bytes !== undefined) && present[0].toString() === wanted) return;
  await mkdir(dist, { recursive: true });
  await Promise.all(variants.map(compile));
  await writeFile(`${stamp}.${process.pid}`, wanted);
  await rename(`${stamp}.${process.pid}`, stamp);
}

/** Vitest's global setup: the tests of the kernels and of what runs on them load the compiled files. */
export const setup = buildKernels;
