/** Where the golden data lies, for tests only. The data is not part of the project; tests on it skip without it. */
import { existsSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../../shared/golden");

/** True when the folder with the originals' outputs is beside the checkout. */
export const hasGolden = existsSync(root);

if (!hasGolden) {
  process.stderr.write("golden data not found beside the checkout: tests against the originals' outputs are skipped\n");
}

/** Path of a golden file. */
export function goldenPath(...parts: string[]): string {
  return path.join(root, ...parts);
}
