import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { quantlens: path.resolve(import.meta.dirname, "shared/dsl/index.ts") } },
  test: {
    include: ["{shared,server,cli,client,test,bench,scripts}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "test/vscode/**"],
    globalSetup: ["scripts/lib/kernels.mjs"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
