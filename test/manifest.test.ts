/** The manifest, the server and the documentation must speak of the same settings and commands. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { internalCommands, publicCommands } from "../client/src/commands/ids.js";
import { taskCommands, taskOptions } from "../client/src/tasks/definition.js";
import { defaultConfig, parseConfig } from "../server/src/config.js";
import { severityCodes, severityNames } from "../server/src/severities.js";
import { rules } from "../shared/rules/index.js";

interface SettingSchema {
  readonly type: string;
  readonly default: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly additionalProperties?: SettingSchema;
  readonly propertyNames?: { readonly enum: readonly string[]; readonly enumDescriptions: readonly string[] };
}

interface MenuItem {
  readonly command?: string;
  readonly submenu?: string;
  readonly when?: string;
}

interface Manifest {
  readonly main: string;
  readonly icon: string;
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly submenus: readonly { readonly id: string }[];
    readonly taskDefinitions: readonly {
      readonly type: string;
      readonly properties: Readonly<Record<string, { readonly type: string; readonly enum?: readonly string[] }>>;
    }[];
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

/** The client reads them, not the server. */
const clientOnly = ["quantlens.trace.server", "quantlens.node"];

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
      return {
        key: additionalProperties?.type === "object" ? { name: 1 } : (additionalProperties?.enum?.[0] ?? "value"),
      };
  }
}

describe("the settings of the manifest", () => {
  it.each(settings.filter(([name]) => !clientOnly.includes(name)))("the server reads %s", (name, schema) => {
    const value = otherValue(schema);
    const [changed, preset] = [value, schema.default].map((each) => parseConfig(sectionWith(name, each)));
    expect(changed).not.toEqual(preset);
  });

  it("cover everything that the server reads", () => {
    const { hints, ...others } = defaultConfig;
    const count = Object.keys(hints).length + Object.keys(others).length;
    expect(settings.length - clientOnly.length).toBe(count);
  });

  it("offer the rules there are, each with its line (node scripts/rule-docs.mjs)", () => {
    const [, severities] = settings.find(([name]) => name === "quantlens.severities") ?? [];
    expect(severities?.propertyNames).toEqual({
      enum: [...severityCodes.keys()],
      enumDescriptions: [...severityCodes.values()],
    });
    expect(severities?.additionalProperties?.enum).toEqual(severityNames);
    for (const { code } of rules) expect(severityCodes.has(code), code).toBe(true);
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
  const ids = manifest.contributes.commands.map(({ command }) => command);

  // `Record<CommandId, CommandHandler>` has TypeScript see that each of these is registered.
  it("are those that the extension registers", () => {
    expect([...ids].sort()).toEqual([...publicCommands].sort());
    expect(ids.filter((id) => (internalCommands as readonly string[]).includes(id))).toEqual([]);
  });

  it("are all that its menus name, and so are its submenus", () => {
    const items = Object.values(manifest.contributes.menus).flat();
    const known = new Set([...ids, ...manifest.contributes.submenus.map(({ id }) => id)]);
    expect(items.map(({ command, submenu }) => command ?? submenu).filter((id) => !known.has(id ?? ""))).toEqual([]);
    const menus = Object.keys(manifest.contributes.menus).filter((name) => name.startsWith("quantlens."));
    expect(menus).toEqual(manifest.contributes.submenus.map(({ id }) => id));
  });

  it.each(manifest.contributes.commands)("$command is documented", ({ title, category }) => {
    expect(documented).toContain(`| ${category}: ${title.replace("...", "")} |`);
  });
});

describe("the task type of the manifest", () => {
  const [definition] = manifest.contributes.taskDefinitions;

  it("has the commands and options that tasks are made from", () => {
    expect(definition?.type).toBe("quantlens");
    expect(definition?.properties.command?.enum).toEqual(taskCommands);
    const options = new Set(["command", "model", "params", "args", ...Object.values(taskOptions).flat()]);
    expect(Object.keys(definition?.properties ?? {}).sort()).toEqual([...options].sort());
  });
});

describe("the capabilities of the manifest", () => {
  it("keep workspaces that are not trusted from settings of programs and limits", () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    const sensitive = settings
      .map(([name]) => name)
      .filter((name) => /^quantlens\.(?:node|deadline|memory)$/.test(name));
    expect(sensitive.filter((name) => !restrictedConfigurations.includes(name))).toEqual([]);
    expect(restrictedConfigurations.filter((name) => !sensitive.includes(name))).toEqual([]);
  });
});
