import { readdirSync } from "node:fs";
import { describe, it } from "vitest";
import { goldenPath, hasGolden } from "../../../shared/testing/golden.js";
import { checkQuantizerFile } from "./golden-quantizers.js";
import { usableBackends } from "./usable-backends.js";

const files = hasGolden ? readdirSync(goldenPath("quantizers")).map((file) => file.replace(".json", "")) : [];

describe.each(await usableBackends())("Brevitas's quantisers on %s", (_, backend) => {
  it.each(files)("%s", async (name) => {
    await checkQuantizerFile(backend, name);
  });
});
