/**
 * The bundle `dist/train.cjs`: the actions of every command that trains, evaluates or reads data. Commands load it by
 * `import("../train/entry.js")` when they are called, so that `quantlens cost` starts without it.
 */
export {};
