/** The model in the side bar, and the walkthrough for newcomers. */
import { goBehind, replaceBefore, scoreInStatusBar, untilCosts, untilOtherScore, untilScore } from "../lib/editor.mjs";
import { runCommand } from "../lib/palette.mjs";
import { openContainer, treeRows } from "../lib/panels.mjs";
import { until } from "../lib/until.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

export default {
  name: "side-bar",
  workspace: createWorkspace,
  open: "bacalhaunet.model.ts",
  tests: [
    ["the tree shows the model and what its calls cost", tree],
    ["the tree follows an edit", follows],
    ["the walkthrough leads through the first model", walkthrough],
  ],
};

async function tree(context) {
  const { page, shoot } = context;
  await untilCosts(page);
  await openContainer(page, "QuantLens");
  const score = await untilScore(page);
  await until("the model in the tree", async () =>
    (await treeRows(page, "Model")).some((row) => row.includes("BacalhauNetV1") && row.includes(score)),
  );
  await until("the cost of a call in the tree", async () =>
    (await treeRows(page, "Model")).some((row) => /[\d.]+ [kM]bop · [\d.]+ %/.test(row)),
  );
  await shoot("1-tree");
}

async function follows(context) {
  const { page, pictures } = context;
  const recording = pictures.record(page, "typing");
  await goBehind(context, "weightQuant: int(6");
  await recording.frame(1500);
  for (const bits of ["5", "4", "3"]) {
    const before = await scoreInStatusBar(page);
    await replaceBefore(page, 1, bits);
    const after = await untilOtherScore(page, before);
    await until("the new score in the tree", async () =>
      (await treeRows(page, "Model")).some((row) => row.includes("BacalhauNetV1") && row.includes(after)),
    );
    await recording.frame(1500);
  }
  await recording.save();
}

async function walkthrough({ page, shoot }) {
  await runCommand(page, "QuantLens: Open Walkthrough");
  for (const step of ["Make a project", "Read what each layer costs", "Change a bit width", "Export it"]) {
    await page.locator(".getting-started-step", { hasText: step }).first().waitFor({ timeout: 60_000 });
  }
  await shoot("2-walkthrough");
}
