/**
 * A process beside a test's Slurm that ends it: when the pipe to its standard input closes, because the test wants so or because
 * its process is gone, however that ended. Called with the cluster's folder, which it removes, and its configuration.
 */
import { rmSync } from "node:fs";
import { killAll, processesOfCluster } from "./processes.js";

const [folder = "", conf = ""] = process.argv.slice(2);

process.stdin.resume().once("close", () => {
  end();
});

/** What is being started while others are killed is found by the next look. */
function end(): void {
  const left = processesOfCluster(folder, conf);
  if (left.length === 0) {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    return;
  }
  killAll(left);
  setTimeout(end, 20);
}
