/** The DSL's page says what the docstrings say, and they say what a user needs. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import type { Model } from "../../shared/dsl/index.js";

interface Property {
  readonly name: string;
  readonly optional: boolean;
  readonly doc: string;
}

interface Entry {
  readonly name: string;
  readonly kind: "function" | "class" | "type";
  readonly doc: string;
  readonly properties?: readonly Property[];
  readonly options?: readonly { readonly name: string; readonly properties: readonly Property[] }[];
}

const root = path.resolve(import.meta.dirname, "../..");
const file = path.join(root, "scripts/lib/dsl-reference.mjs");
const { dslEntries, dslPage } = (await import(pathToFileURL(file).href)) as {
  readonly dslEntries: (root: string) => readonly Entry[];
  readonly dslPage: (root: string, page: string) => Promise<string>;
};
const entries = dslEntries(root);

describe("docstrings", () => {
  it("are on everything that is exported", () => {
    expect(entries.filter(({ doc }) => doc === "").map(({ name }) => name)).toEqual([]);
  });

  it("name the default of every option that can be left out", () => {
    const silent = entries.flatMap(({ options = [] }) =>
      options.flatMap(({ name, properties }) =>
        properties
          .filter(({ optional, doc }) => optional && !/default/i.test(doc))
          .map((option) => `${name}.${option.name}`),
      ),
    );
    expect(silent).toEqual([]);
  });
});

/** Runs a model file's text with the DSL that this repository has. */
async function run(contents: string): Promise<Model> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    alias: { quantlens: path.join(root, "shared/dsl/index.ts") },
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  return ((await import(`data:text/javascript;base64,${code}`)) as { readonly default: Model }).default;
}

it("docs/dsl.md begins with a model that can be built", async () => {
  const [, text = ""] = /```ts\n(.*?)```/s.exec(readFileSync(path.join(root, "docs/dsl.md"), "utf8")) ?? [];
  const { problems, graph } = await run(text);
  expect(problems).toEqual([]);
  expect(graph.layers.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["quantConv1d", "quantLinear"]));
});

it("docs/dsl.md is up to date: `node scripts/dsl-docs.mjs` writes it", async () => {
  const page = readFileSync(path.join(root, "docs/dsl.md"), "utf8");
  expect(await dslPage(root, page)).toBe(page);
});
