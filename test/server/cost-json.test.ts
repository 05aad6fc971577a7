/** What the editor copies is what the terminal prints. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../../cli/testing/run-cli.js";
import { conv, protocolTests, uri } from "../../server/test/protocol-tests.js";

const { start, folder } = protocolTests();

describe("the cost as JSON", () => {
  it("is what the terminal program prints", async () => {
    const server = await start();
    await server.open(uri, conv());
    const { text } = await server.request<{ text: string }>("quantlens/costJson", { uri });
    const file = path.join(folder(), "net.model.ts");
    await writeFile(file, conv());
    const printed = JSON.parse((await runCli(["cost", file, "--format", "json"])).stdout) as { quantlens: object };
    const copied = JSON.parse(text) as { quantlens: object };
    expect({ ...copied, quantlens: { ...copied.quantlens, file } }).toEqual({
      ...printed,
      quantlens: { ...printed.quantlens, file },
    });
  });

  it("is null for what is no open model", async () => {
    const server = await start();
    expect(await server.request("quantlens/costJson", { uri })).toBeNull();
    expect(await server.request("quantlens/modelSetup", { uri })).toBeNull();
  });
});
