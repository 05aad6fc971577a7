import { describe, it } from "vitest";
import { hasGolden } from "../../../shared/testing/golden.js";
import { checkBacalhauNet, checkTrainTiny } from "./golden-networks.js";
import { usableBackends } from "./usable-backends.js";

describe.skipIf(!hasGolden).each(await usableBackends())("golden networks on %s", (_, backend) => {
  it("the challenge winner's integers and logits", async () => {
    await checkBacalhauNet(backend);
  });

  it("a training trace of the small network", async () => {
    await checkTrainTiny(backend);
  });
});
