/** The task type `quantlens`: offered, resolved from tasks.json, run, and ended. */
const assert = require("node:assert/strict");
const vscode = require("vscode");
const { costHints, inWorkspace, quantlens, show, suite, until } = require("./lib.cjs");

const model = "six-modulations.model.ts";
const tiny = { data: "synthetic:framesPerClassAndSnr=16", epochs: 1, limitFrames: 300 };

exports.run = suite({
  "each model file has its tasks": async () => {
    await quantlens();
    const tasks = await vscode.tasks.fetchTasks({ type: "quantlens" });
    const offered = tasks.filter(({ definition }) => definition.model === model);
    assert.deepEqual(offered.map(({ definition }) => definition.command).sort(), ["check", "cost", "train"]);
    for (const { execution } of offered) assert.ok(execution.process, "a process, and no shell");
  },

  "a task of tasks.json is resolved and ends with the program's exit code": async () => {
    const task = await taskNamed("cost of the model");
    assert.deepEqual(await exitCodeOf(task), 0);
  },

  "errors of a check are exit code 1, and what cannot run is exit code 2": async () => {
    assert.equal(await exitCodeOf(await taskNamed("check the published model")), 0);
    assert.equal(await exitCodeOf(await taskNamed("check a broken model")), 1);
    assert.equal(await exitCodeOf(await taskNamed("cost of nothing")), 2);
  },

  "the problem matcher puts the findings of a check into the list of problems": async () => {
    const file = inWorkspace("broken.model.ts");
    // Not open: what is listed comes from the task and not from the language server.
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await exitCodeOf(await taskNamed("check a broken model"));
    await until("a problem from the task", () =>
      vscode.languages.getDiagnostics(file).some(({ message }) => message.includes("into 5 groups")),
    );
  },

  "a training task leaves a run behind": async () => {
    assert.equal(await exitCodeOf(trainingTask("trained")), 0);
    const report = JSON.parse(await read(inWorkspace("trained/report.json")));
    assert.equal(report.status, "done");
    await vscode.workspace.fs.stat(inWorkspace("trained/last.safetensors"));
  },

  "a run that is stopped as Ctrl-C does leaves what can be resumed": async () => {
    const task = trainingTask("stopped", { epochs: 4000 });
    const ended = exitCodeOf(task);
    await until("the first epoch", async () => (await read(inWorkspace("stopped/events.jsonl"))).includes('"epoch"'));
    await vscode.commands.executeCommand("quantlens.stopRun");
    assert.equal(await ended, 130);
    assert.equal(JSON.parse(await read(inWorkspace("stopped/report.json"))).status, "interrupted");
    await vscode.workspace.fs.stat(inWorkspace("stopped/last.safetensors"));
  },

  "weights of a run change what the hints say": async () => {
    const uri = inWorkspace(model);
    await show(uri);
    const dense = (await costHints(uri)).join();
    const settings = vscode.workspace.getConfiguration("quantlens", uri);
    const weights = { [model]: "trained/last.safetensors" };
    await settings.update("weights", weights, vscode.ConfigurationTarget.WorkspaceFolder);
    await until("other costs", async () => (await costHints(uri)).join() !== dense);
  },
});

async function taskNamed(name) {
  const tasks = await vscode.tasks.fetchTasks();
  const task = tasks.find((each) => each.name === name);
  if (task === undefined) throw new Error(`No task is called "${name}": ${tasks.map((each) => each.name)}`);
  return task;
}

/** A task as tasks.json would have it, resolved by the extension. */
async function trainingTask(out, options = {}) {
  const [folder] = vscode.workspace.workspaceFolders;
  const file = inWorkspace(".vscode/tasks.json");
  const tasks = JSON.parse(await read(file));
  const label = `train into ${out}`;
  tasks.tasks.push({ label, type: "quantlens", command: "train", model, out, ...tiny, ...options });
  await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify(tasks)));
  await until(`the task "${label}"`, () =>
    vscode.workspace
      .getConfiguration("tasks", folder.uri)
      .get("tasks")
      .some((each) => each.label === label),
  );
  return taskNamed(label);
}

/** Runs a task and returns the exit code of its process. */
async function exitCodeOf(task) {
  const resolved = await task;
  return new Promise((resolve, reject) => {
    const listener = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
      if (execution.task.name !== resolved.name) return;
      listener.dispose();
      resolve(exitCode);
    });
    vscode.tasks.executeTask(resolved).then(undefined, reject);
  });
}

async function read(uri) {
  return Buffer.from(await vscode.workspace.fs.readFile(uri)).toString("utf8");
}
