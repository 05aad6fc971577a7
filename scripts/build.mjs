/**
 * `npm run build`: every bundle of `dist/`, the type declarations of the npm package and the licences of what
 * the bundles contain.
 *
 *   node scripts/build.mjs                   everything
 *   node scripts/build.mjs --only cli,dsl    these bundles only
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { copyFile, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { root, runNode } from "./lib/process.mjs";
import { buildKernels } from "./lib/kernels.mjs";
import { thirdPartyNotices } from "./lib/notices.mjs";
import { typescriptSubset } from "./lib/typescript-subset.mjs";

const dist = path.join(root, "dist");

/** A module that bundles load from a file of its own beside them, when they need it. */
function apart(filter, file) {
  return {
    name: `apart ${file}`,
    setup({ onResolve }) {
      onResolve({ filter }, () => ({ path: `./${file}`, external: true }));
    },
  };
}

/** The same for a bundle that has true `import()`: by that, Node would read all of the file once more for its exports' names. */
function requiredApart(filter, file) {
  return {
    name: `required apart ${file}`,
    setup({ onResolve, onLoad }) {
      const namespace = `apart-${file}`;
      onResolve({ filter }, () => ({ path: file, namespace }));
      onResolve({ filter: /^\.\//, namespace }, () => ({ path: `./${file}`, external: true }));
      onLoad({ filter: /./, namespace }, () => ({ contents: `module.exports = require("./${file}");` }));
    },
  };
}

/** The parser: loaded when the first model file is opened. */
const typescriptApart = apart(/^typescript$/, "typescript.cjs");
/** What trains, evaluates and reads data: commands that need none of it start without it. */
const trainApart = apart(/\/train\/entry\.js$/, "train.cjs");
/** What runs model files: the cost of an ONNX file is printed without it. */
const modelsApart = apart(/^\.{1,2}\/models\.js$/, "models.cjs");
/** What draws: the layout of graphs and the making of pixels. */
const diagramApart = apart(/\/diagram\/diagram\.js$/, "diagram.cjs");
/** The language client, seven eighths of what the extension is: loaded when a model file is open. */
const languageClientApart = apart(/^\.\/client\.js$/, "language-client.cjs");
/** TensorFlow.js, as large as the rest of what trains: loaded when a backend of it is asked for. */
const tfjsApart = requiredApart(/\/tfjs\/backends\.js$/, "tfjs.cjs");

/** Commander can run other programs as its subcommands. There are none, and loading what starts them takes 4 ms. */
const childProcessLater = {
  name: "child-process-later",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: "child_process", namespace: "later" } : undefined,
    );
    onLoad({ filter: /./, namespace: "later" }, () => ({
      contents: 'module.exports = { get spawn() { return require("node:child_process").spawn; } };',
    }));
  },
};

/** CommonJS starts faster than ES modules, and VS Code's extension host wants it. */
const node = {
  platform: "node",
  target: "node20",
  format: "cjs",
  define: { "import.meta.dirname": "__dirname" },
  plugins: [typescriptApart],
};

/** Pages that VS Code shows in webviews: `client/src/webview/<name>/page.ts`. Its style sheet lands beside its script. */
const pagesFolder = path.join("client", "src", "webview");
const pages = readdirSync(path.join(root, pagesFolder)).filter((name) =>
  existsSync(path.join(root, pagesFolder, name, "page.ts")),
);
const pageBundles = Object.fromEntries(
  pages.map((name) => [
    `webview-${name}`,
    {
      entry: path.join(pagesFolder, name, "page.ts"),
      file: `webview/${name}.js`,
      platform: "browser",
      // VS Code 1.100 shows webviews in Chromium 132; vscode.dev in the user's browser.
      target: ["chrome120", "firefox120", "safari17"],
      format: "iife",
    },
  ]),
);

const bundles = {
  ...pageBundles,
  // What is run with V8's cached code has no `import()`: it is written as `require`.
  cli: {
    ...node,
    entry: "cli/main.ts",
    file: "cli-main.cjs",
    supported: { "dynamic-import": false },
    plugins: [trainApart, modelsApart, diagramApart, childProcessLater],
  },
  diagram: {
    ...node,
    entry: "cli/diagram/diagram.ts",
    file: "diagram.cjs",
    supported: { "dynamic-import": false },
    plugins: [modelsApart],
  },
  models: { ...node, entry: "cli/models.ts", file: "models.cjs", supported: { "dynamic-import": false } },
  train: {
    ...node,
    entry: "cli/train/entry.ts",
    file: "train.cjs",
    plugins: [requiredApart(/^typescript$/, "typescript.cjs"), tfjsApart],
  },
  tfjs: { ...node, entry: "cli/train/tfjs/backends.ts", file: "tfjs.cjs" },
  "train-worker": { ...node, entry: "cli/train/wasm/threads/worker.ts", file: "train-worker.cjs" },
  /** The HDF5 library, which is an ES module, and all that uses it. */
  "data-worker": {
    entry: "cli/data/worker/worker.ts",
    file: "data-worker.mjs",
    platform: "node",
    target: "node20",
    // The library's WebAssembly is in a string, which escapes would make a third larger.
    charset: "utf8",
    // The first versions of Node 20 do not tell a module its folder.
    banner: {
      js: 'import { fileURLToPath as bundlePath } from "node:url"; const bundleFolder = bundlePath(new URL(".", import.meta.url));',
    },
    define: { "import.meta.dirname": "bundleFolder" },
  },
  server: {
    ...node,
    entry: "server/src/server.ts",
    file: "server.cjs",
    // A `require` of the parser finds it where the code cache has put it; an `import` would read it all again.
    supported: { "dynamic-import": false },
  },
  /** What reads and draws whole networks, in a thread of the server's. */
  "network-worker": { ...node, entry: "server/src/networks/worker.ts", file: "network-worker.cjs" },
  client: {
    ...node,
    entry: "client/src/extension.ts",
    file: "client.cjs",
    external: ["vscode"],
    // By an `import()` Node would read the file apart once more for its exports' names.
    supported: { "dynamic-import": false },
    plugins: [languageClientApart],
  },
  "language-client": { ...node, entry: "client/src/client.ts", file: "language-client.cjs", external: ["vscode"] },
  /** What TypeScript's server loads: the function itself has to be the module. */
  "typescript-plugin": {
    ...node,
    entry: "client/typescript-plugin/plugin.ts",
    file: "typescript-plugin/index.js",
    footer: { js: "module.exports = module.exports.default;" },
  },
  "sandbox-worker": { ...node, entry: "shared/sandbox/worker.ts", file: "sandbox-worker.cjs" },
  "native-child": { ...node, entry: "cli/native/child.ts", file: "native-child.cjs" },
  "native-hooks": { ...node, entry: "cli/native/hooks.ts", file: "native-hooks.mjs", format: "esm" },
  /** The module `quantlens` inside QuickJS: one ES module without imports. */
  "dsl-sandbox": { entry: "shared/sandbox/guest.ts", file: "dsl-sandbox.js", platform: "neutral", target: "es2023" },
  /** What `import "quantlens"` gives in a user's own Node. */
  dsl: { entry: "shared/dsl/index.ts", file: "dsl/index.js", platform: "neutral", target: "es2022", readable: true },
  typescript: {
    ...node,
    entry: "shared/sandbox/typescript-parts.ts",
    file: "typescript.cjs",
    plugins: [typescriptSubset],
  },
};

/** Files of packages that bundles read beside them. */
const assets = {
  diagram: {
    "resvg.wasm": "node_modules/@resvg/resvg-wasm/index_bg.wasm",
    "inter-regular.ttf": "node_modules/@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
    "inter-semibold.ttf": "node_modules/@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
  },
};

async function copyAssets(names) {
  const files = names.flatMap((name) => Object.entries(assets[name] ?? {}));
  await Promise.all(files.map(([file, source]) => copyFile(path.join(root, source), path.join(dist, file))));
}

function assetSources(names) {
  return names.flatMap((name) => Object.values(assets[name] ?? {}));
}

/** What VS Code loads: the part of `dist/` whose size is limited. */
const extensionBundles = [
  "client",
  "language-client",
  "server",
  "sandbox-worker",
  "network-worker",
  "dsl-sandbox",
  "typescript",
  ...Object.keys(pageBundles),
];
const extensionLimitBytes = 8 * 1024 * 1024;

async function bundle(name) {
  const { entry, file, format = "esm", readable = false, ...options } = bundles[name];
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path.join(dist, file),
    bundle: true,
    format,
    minify: !readable,
    // The licences of all packages are in THIRD_PARTY_NOTICES.txt.
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    ...options,
  });
  return Object.keys(metafile.inputs);
}

/** Bundles whose compiled code the command keeps. */
const keptBundles = ["cli", "models", "typescript"];

/** The command itself: it knows which bundles it belongs to. */
async function launcher() {
  const digests = {};
  for (const name of keptBundles) {
    const { file } = bundles[name];
    const text = await readFile(path.join(dist, file)).catch(() => undefined);
    if (text) digests[file] = createHash("sha256").update(text).digest("hex").slice(0, 16);
  }
  await build({
    ...node,
    absWorkingDir: root,
    entryPoints: ["cli/launch.ts"],
    outfile: path.join(dist, "cli.cjs"),
    bundle: true,
    minify: true,
    banner: { js: "#!/usr/bin/env node" },
    define: { ...node.define, BUNDLE_DIGESTS: JSON.stringify(digests) },
    logLevel: "warning",
  });
}

/** Type declarations of the DSL and of the types that it uses. */
async function declarations() {
  await rm(path.join(dist, "types"), { recursive: true, force: true });
  const tsc = path.join("node_modules", "typescript", "bin", "tsc");
  const { code, output } = await runNode([tsc, "-p", "tsconfig.types.json"], { quiet: true });
  if (code !== 0) throw new Error(`The type declarations cannot be made:\n${output}`);
}

/** A line per file, and a failure when the extension outgrows its limit. */
async function report(names) {
  const sizes = await Promise.all(
    names.map(async (name) => [name, (await stat(path.join(dist, bundles[name].file))).size]),
  );
  for (const [name, size] of sizes) console.log(`${kibibytes(size)}  dist/${bundles[name].file}`);
  if (!extensionBundles.every((name) => names.includes(name))) return;
  const total = sizes.reduce((sum, [name, size]) => sum + (extensionBundles.includes(name) ? size : 0), 0);
  console.log(`${kibibytes(total)}  what the extension loads (limit ${kibibytes(extensionLimitBytes).trim()})`);
  if (total > extensionLimitBytes) throw new Error("The extension's bundles are over their limit.");
}

function kibibytes(bytes) {
  return `${Math.ceil(bytes / 1024)} KiB`.padStart(9);
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const names = values.only?.split(",") ?? Object.keys(bundles);
  const unknown = names.find((name) => !(name in bundles));
  if (unknown) throw new Error(`There is no bundle "${unknown}": the bundles are ${Object.keys(bundles).join(", ")}.`);

  const [inputs] = await Promise.all([
    Promise.all(names.map((name) => bundle(name))),
    names.includes("dsl") ? declarations() : undefined,
    names.includes("train") ? buildKernels() : undefined,
  ]);
  await copyAssets(names);
  if (keptBundles.some((name) => names.includes(name))) await launcher();
  if (values.only === undefined) {
    await writeFile(
      path.join(dist, "THIRD_PARTY_NOTICES.txt"),
      await thirdPartyNotices([...inputs.flat(), ...assetSources(names)]),
    );
  }
  await report(names);
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
