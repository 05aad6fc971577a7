import { describe, it } from "vitest";
import { hasGolden } from "../../../shared/testing/golden.js";
import { checkBatchNorm, checkPruned } from "./golden-layers.js";
import { checkBacalhauNet, checkTrainTiny } from "./golden-networks.js";
import { usableBackends } from "./usable-backends.js";

describe.skipIf(!hasGolden).each(await usableBackends())("golden layers and networks on %s", (_, backend) => {
  it("PyTorch's batch norm", async () => {
    await checkBatchNorm(backend);
  });

  it("a pruned convolution", async () => {
    await checkPruned(backend);
  });

  it("the challenge winner's integers and logits", async () => {
    await checkBacalhauNet(backend);
  });

  it("a training trace of the small network", async () => {
    await checkTrainTiny(backend);
  });
});
