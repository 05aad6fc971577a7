import js from "@eslint/js";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import { importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/** Which folder may import which (DESIGN: arrows point one way). */
const arrows = [
  { target: "./shared", from: ["./server", "./cli", "./client", "./bench"] },
  { target: "./server", from: ["./cli", "./client", "./bench"] },
  { target: "./cli", from: ["./client", "./bench"] },
  { target: "./client", from: ["./server", "./cli", "./bench"] },
  // The client shows numbers and computes none: of the engine it sees the message types and how numbers and texts are written.
  {
    target: "./client",
    from: "./shared",
    except: ["./messages.ts", "./command-messages.ts", "./network-messages.ts", "./format.ts", "./escape-markup.ts"],
  },
  // The DSL runs inside QuickJS and in users' programs: it must stay free of the parser and of ONNX.
  { target: "./shared/dsl", from: ["./shared/sandbox", "./shared/onnx", "./shared/rules", "./shared/analysis"] },
  {
    target: "./shared/graph",
    from: ["./shared/dsl", "./shared/cost", "./shared/rules", "./shared/sandbox", "./shared/onnx", "./shared/analysis"],
  },
  { target: "./shared/cost", from: ["./shared/rules", "./shared/sandbox", "./shared/onnx", "./shared/analysis"] },
];

const hostModules = ["fs", "fs/promises", "process", "child_process", "http", "https", "net", "os", "path"];

export default tseslint.config(
  { ignores: ["dist/**", "**/node_modules/**", "test/fixtures/**", "coverage/**", "cli/train/wasm/assembly/**"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { "import-x/resolver-next": [createTypeScriptImportResolver()] },
    rules: {
      "import-x/no-restricted-paths": ["error", { zones: arrows }],
      "import-x/no-cycle": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      eqeqeq: "error",
    },
  },
  {
    files: ["shared/**/*.ts"],
    ignores: ["**/*.test.ts", "shared/**/testing/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: hostModules.flatMap((name) => [name, `node:${name}`]).concat(["vscode", "vscode-languageserver"]),
          patterns: ["vscode-languageserver*", "@tensorflow/*"],
        },
      ],
      "no-restricted-globals": ["error", "process", "require", "Buffer"],
    },
  },
  {
    files: ["**/*.test.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["scripts/**/*.mjs", "*.js", "test/vscode/**/*.mjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        setTimeout: "readonly",
        fetch: "readonly",
        URL: "readonly",
        URLSearchParams: "readonly",
        performance: "readonly",
        Buffer: "readonly",
        document: "readonly",
      },
    },
  },
  {
    // Functions that are sent into the page.
    files: ["test/vscode/{lib,measure,scenarios}/**/*.mjs"],
    languageOptions: {
      globals: {
        requestAnimationFrame: "readonly",
        addEventListener: "readonly",
        removeEventListener: "readonly",
        getComputedStyle: "readonly",
        navigator: "readonly",
        PerformanceObserver: "readonly",
        indexedDB: "readonly",
        MutationObserver: "readonly",
      },
    },
  },
  {
    files: ["test/vscode/{host,measure}/**/*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: {
        process: "readonly",
        console: "readonly",
        setTimeout: "readonly",
        setInterval: "readonly",
        performance: "readonly",
        Buffer: "readonly",
      },
    },
  },
  {
    files: ["test/webview/*.js"],
    languageOptions: { globals: { document: "readonly", MutationObserver: "readonly" } },
  },
);
