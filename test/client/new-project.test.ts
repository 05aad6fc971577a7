/** What the editor offers for new projects is what the terminal program makes. */
import { describe, expect, it } from "vitest";
import { projectFiles } from "../../cli/init/project.js";
import { templates } from "../../cli/init/templates.js";
import { projectTemplates } from "../../client/src/project-templates.js";
import { parseTask } from "../../client/src/tasks/definition.js";

interface TaskFile {
  readonly tasks: readonly Readonly<Record<string, unknown>>[];
}

/** What any task of VS Code may have. */
const ofEveryTask = ["label", "group", "problemMatcher"];

describe("new projects", () => {
  it("begin with a template of the terminal program", () => {
    expect(projectTemplates.map(({ template }) => template)).toEqual(templates.map(({ name }) => name));
  });

  it.each(templates)("have tasks that VS Code can run: $name", (template) => {
    const { files, model } = projectFiles({ name: "net", template, modelText: "", version: "1.0.0" });
    const { tasks } = JSON.parse(files.find(({ path }) => path === ".vscode/tasks.json")!.text) as TaskFile;
    expect(tasks.map(({ command }) => command)).toEqual(["check", "cost", "train"]);
    for (const task of tasks) {
      expect(task).toMatchObject({ label: task.command, problemMatcher: "$quantlens" });
      const definition = Object.fromEntries(Object.entries(task).filter(([key]) => !ofEveryTask.includes(key)));
      expect(parseTask(definition)).toEqual({ ...definition, model });
    }
  });
});
