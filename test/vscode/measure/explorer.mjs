/** How long the cost explorer takes from the server's answer to the drawn frame, for a model of many layers. */
import path from "node:path";
import { closeWorkbench, newPage, openWorkbench } from "../lib/browser.mjs";
import { goBehind, replaceBefore, untilCosts } from "../lib/editor.mjs";
import { runCommand } from "../lib/palette.mjs";
import { webviewWith } from "../lib/panels.mjs";
import { descendantsWith } from "../lib/processes.mjs";
import { createWorkspace } from "../lib/workspace.mjs";

const name = "layers.model.ts";
const kernel = "kernelSize: 9";

/** A model file with so many layers, each a call of its own. */
function modelOf(layers) {
  const calls = Array.from(
    { length: layers },
    (_, index) =>
      `    x = quantConv1d(x, { ${index === 0 ? kernel : "kernelSize: 3"}, outChannels: 8, weightQuant: int(6) });`,
  );
  return `import { defineModel, int, quantConv1d, quantIdentity } from "quantlens";

export default defineModel({
  name: "Layers",
  input: { shape: [1, 8, 1024] },
  forward(x) {
    x = quantIdentity(x, { actQuant: int(8) });
${calls.join("\n")}
    return x;
  },
});
`;
}

/** Samples in milliseconds. */
export async function measureExplorer({ server, browser }, count) {
  const workspace = createWorkspace({ files: { [name]: modelOf(200) } });
  const page = await newPage(browser);
  try {
    await openWorkbench(page, server, { folder: workspace.folder, file: path.join(workspace.folder, name) });
    await untilCosts(page);
    await runCommand(page, "QuantLens: Show Cost Explorer");
    const frame = await webviewWith(page, "#layers tr[data-row]");
    await goBehind({ page, workspace }, kernel, name);
    const samples = [];
    // The first ones warm the page up.
    for (let index = 0; index < count + 3; index++) {
      await frame.evaluate(armUpdate);
      await replaceBefore(page, 1, index % 2 === 0 ? "7" : "9");
      samples.push(await frame.evaluate(() => globalThis.update));
    }
    return samples.slice(3);
  } finally {
    await closeWorkbench(page, () => descendantsWith(server.pid, "--type=extensionHost"));
    workspace.remove();
  }
}

/** Runs in the explorer's page: `update` resolves to the milliseconds from the last message to the frame drawn from it. */
function armUpdate() {
  globalThis.update = new Promise((resolve) => {
    let received;
    const note = () => (received = performance.now());
    addEventListener("message", note, true);
    const observer = new MutationObserver(() => {
      if (received === undefined) return;
      observer.disconnect();
      removeEventListener("message", note, true);
      // The page renders in a frame's callback: what comes behind it comes when that frame has been drawn.
      setTimeout(() => resolve(performance.now() - received));
    });
    observer.observe(document.querySelector("#page"), { attributes: true, attributeFilter: ["data-rendered"] });
  });
}
