/** The pool of workers: several programs at a time, giving up, breaking down. */
import { describe, expect, it } from "vitest";
import { readBinaryJson } from "./binary-json.js";
import type { RunOutcome, RunRequest } from "./protocol.js";
import { createSandboxRunner } from "./runner.js";
import { imports, smallSandbox } from "./testing/small.js";

const sandbox = smallSandbox();

/** A program that is not marked: the runner does not mind. */
function request(code: string, deadlineMs = 20_000): RunRequest {
  const modules = [{ path: "/m.js", code, baseId: 0, callees: "" }];
  return { entry: "/m.js", modules, parameters: {}, deadlineMs, memoryMb: 64 };
}

const endless = request("for (;;);");

async function json(outcome: Promise<RunOutcome>): Promise<unknown> {
  const settled = await outcome;
  if (settled.kind === "bytes") return readBinaryJson(settled.bytes);
  return settled.kind === "value" ? JSON.parse(settled.json) : settled;
}

describe("the runner", () => {
  it("answers each program with its own result, also when there are more than workers", async () => {
    const runs = Array.from({ length: 12 }, (_, i) => json(sandbox.runner.run(request(`export default { i: ${i} };`))));
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 12 }, (_, i) => ({ i })));
  });

  it("lets others run while one is in an endless loop", async () => {
    const slow = sandbox.runner.run(request("for (;;);", 1000));
    expect(await json(sandbox.runner.run(request("export default 1;")))).toBe(1);
    expect((await slow).kind).toBe("timeout");
  });

  it("gives up a program that is running, and its worker is free again", async () => {
    const controllers = Array.from({ length: 4 }, () => new AbortController());
    const runs = controllers.map(({ signal }) => sandbox.runner.run(endless, { signal }));
    for (const controller of controllers) controller.abort(new Error("superseded"));
    for (const run of runs) await expect(run).rejects.toThrow("superseded");
    expect(await json(sandbox.runner.run(request("export default 2;")))).toBe(2);
  });

  it("does not start what has been given up before", async () => {
    await expect(sandbox.runner.run(endless, { signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow(
      "too late",
    );
    const controller = new AbortController();
    controller.abort(new Error("too late"));
    await expect(sandbox.evaluate(`${imports}for (;;);`, {}, { signal: controller.signal })).rejects.toThrow(
      "too late",
    );
  });

  it("rejects when its worker or its guest cannot start", async () => {
    for (const options of [
      { worker: { code: "throw new Error('broken worker');" }, guest: "" },
      { worker: { file: "/nowhere/sandbox-worker.cjs" }, guest: "" },
    ]) {
      const runner = createSandboxRunner(options);
      await expect(runner.run(request("export default 1;"))).rejects.toThrow(/broken worker|Cannot find module/);
      await runner.dispose();
    }
  });

  it("rejects what is running when it is disposed of", async () => {
    const runner = createSandboxRunner({
      worker: {
        code: "require('node:worker_threads').parentPort.postMessage({ type: 'ready' }); setInterval(() => {}, 1000);",
      },
      guest: "",
    });
    const settled = Promise.allSettled([1, 2, 3].map((i) => runner.run(request(`export default ${i};`))));
    await runner.dispose();
    for (const result of await settled) {
      expect(result.status === "rejected" && String(result.reason)).toMatch(/ended|disposed/);
    }
    await expect(runner.run(request("export default 3;"))).rejects.toThrow("disposed");
  });
});
