/** Tasks, tested inside the extension host. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { rootDir } from "../lib/paths.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

const small = "examples/quick/six-modulations.model.ts";
/** 5 groups divide neither 2 nor 24 channels. */
const broken = readFileSync(path.join(rootDir, small), "utf8").replace("groups: x.channels", "groups: 5");

const tasks = [
  { label: "cost of the model", command: "cost", model: "six-modulations.model.ts" },
  { label: "check the published model", command: "check", model: "bacalhaunet.model.ts" },
  { label: "check a broken model", command: "check", model: "broken.model.ts" },
  { label: "cost of nothing", command: "cost", model: "missing.model.ts" },
];

export default {
  name: "host-tasks",
  suite: "tasks",
  workspace: () =>
    createWorkspace({
      examples: ["quick/six-modulations.model.ts"],
      files: {
        "broken.model.ts": broken,
        ".vscode/tasks.json": JSON.stringify({
          version: "2.0.0",
          tasks: tasks.map((task) => ({ type: "quantlens", ...task })),
        }),
      },
    }),
};
