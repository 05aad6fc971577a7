/** What the protocol tests share: a server per test, a folder per file, and the end of both. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll } from "vitest";
import { modelText } from "./model-text.js";
import { TestClient, type TestClientOptions } from "./test-client.js";

export interface ProtocolTests {
  /** Starts a server that ends with the test. */
  readonly start: (options?: TestClientOptions) => Promise<TestClient>;
  /** A folder that is empty before the first test of the file. */
  readonly folder: () => string;
  /** URI of a file in the folder. */
  readonly uriOf: (name: string) => string;
}

/** Registers the hooks; to be called once at the top of a test file. */
export function protocolTests(): ProtocolTests {
  let folder = "";
  let client: TestClient | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "quantlens-project-"));
  });
  afterEach(async () => {
    if (client?.process.exitCode === null) {
      client.process.kill();
      await client.exited;
    }
    client?.connection.dispose();
    client = undefined;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return {
    async start(options = {}) {
      const initializationOptions = { cacheDir: path.join(folder, "cache"), commands: true };
      client = await TestClient.start({ initializationOptions, ...options });
      return client;
    },
    folder: () => folder,
    uriOf: (name) => pathToFileURL(path.join(folder, name)).href,
  };
}

/** A model that need not be on disk. */
export const uri = pathToFileURL("/nowhere/net.model.ts").href;

/** A convolution of 73,728 bit-operations and 144 bits, unless its options are others. */
export const conv = (options = "outChannels: 4"): string =>
  modelText(`x = quantIdentity(x, { actQuant: int(8) });
return quantConv1d(x, { ${options}, kernelSize: 3, padding: 1, bias: false, weightQuant: int(6) });`);
