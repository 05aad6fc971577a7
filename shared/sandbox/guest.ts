/**
 * The module `quantlens` inside the sandbox: first the marks and the fixed clock and dice, then the DSL itself.
 * Bundled to one file without imports; the worker evaluates it before the program.
 */
import { installDeterminism } from "./determinism.js";
import { installMarks } from "./marks-runtime.js";

const { __quantlensNote: note } = globalThis as { __quantlensNote?: (id: number) => void };

installMarks(note ? { note } : {});
installDeterminism();

export * from "../dsl/index.js";
