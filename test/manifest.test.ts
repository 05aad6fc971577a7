/** The manifest, the server and the documentation must speak of the same settings and commands. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { defaultConfig, parseConfig } from "../server/src/config.js";

interface SettingSchema {
  readonly type: string;
  readonly default: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly additionalProperties?: SettingSchema;
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly configuration: readonly { readonly properties: Readonly<Record<string, SettingSchema>> }[];
  };
}

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const manifest = JSON.parse(read("package.json")) as Manifest;
const settings = manifest.contributes.configuration.flatMap(({ properties }) => Object.entries(properties));
/** Prettier pads the columns of tables. */
const documented = read("docs/settings.md").replace(/ +/g, " ");

/** The client library reads it, not the server. */
const clientOnly = "quantlens.trace.server";

/** The section that a client sends when `name` alone is set. */
function sectionWith(name: string, value: unknown): unknown {
  return name
    .split(".")
    .slice(1)
    .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

/** A valid value that is not the default. */
function otherValue({ type, default: preset, enum: allowed, additionalProperties }: SettingSchema): unknown {
  switch (type) {
    case "boolean":
      return preset !== true;
    case "integer":
      return Number(preset) + 1;
    case "string":
      return allowed?.find((value) => value !== preset) ?? `other than ${String(preset)}`;
    default:
      return { key: additionalProperties?.enum?.[0] ?? "value" };
  }
}

describe("the settings of the manifest", () => {
  it.each(settings.filter(([name]) => name !== clientOnly))("the server reads %s", (name, schema) => {
    const value = otherValue(schema);
    const [changed, preset] = [value, schema.default].map((each) => parseConfig(sectionWith(name, each)));
    expect(changed).not.toEqual(preset);
  });

  it("cover everything that the server reads", () => {
    const { hints, ...others } = defaultConfig;
    const count = Object.keys(hints).length + Object.keys(others).length;
    expect(settings.length - 1).toBe(count);
  });

  it.each(settings)("%s is documented with its default", (name, schema) => {
    expect(documented).toContain(`| \`${name}\` | \`${JSON.stringify(schema.default)}\` |`);
  });

  it("are all that is documented", () => {
    const names = [...documented.matchAll(/^\| `(quantlens\.[\w.]+)` \|/gm)].map((match) => match[1]);
    expect(names).toEqual(settings.map(([name]) => name));
  });
});

describe("the commands of the manifest", () => {
  it.each(manifest.contributes.commands)("$command is documented", ({ title, category }) => {
    expect(documented).toContain(`| ${category}: ${title} |`);
  });
});
