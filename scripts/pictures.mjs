/**
 * `npm run pictures`: takes the pictures of README and docs anew, from a run of the end-to-end tests: they show what was
 * tested. Look at them before they are committed.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { root, runNode } from "./lib/process.mjs";

const folder = path.join(root, "docs", "images");
/** The scenarios that take pictures. */
const scenarios = ["side-bar", "explorer", "training", "export", "sweep", "onnx"];

mkdirSync(folder, { recursive: true });
const only = scenarios.flatMap((name) => ["--only", name]);
const { code } = await runNode(["test/vscode/run.mjs", ...only, "--pictures", folder]);
process.exitCode = code;
