/**
 * `node scripts/dsl-docs.mjs`: writes the reference part of docs/dsl.md from the docstrings of the DSL.
 * A test fails when the page on disk is not what this would write.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { dslPage } from "./lib/dsl-reference.mjs";
import { root } from "./lib/process.mjs";

const file = path.join(root, "docs/dsl.md");
await writeFile(file, await dslPage(root, await readFile(file, "utf8")));
