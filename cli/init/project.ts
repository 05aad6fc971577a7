/** The files of a new project: one network, ready to be costed, checked and trained in an editor and by npm. */
import type { Template } from "./templates.js";

export interface ProjectFile {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Project {
  /** The model file's path. */
  readonly model: string;
  readonly files: readonly ProjectFile[];
}

export interface ProjectOptions {
  /** The network's name as the user wrote it. */
  readonly name: string;
  readonly template: Template;
  /** The template's model file. */
  readonly modelText: string;
  /** Of this program: the project asks for it or newer. */
  readonly version: string;
}

/** The compiler that type-checks a project by `npm run typecheck`; editors bring their own. */
const typescriptVersion = "^6.0.0";

export function projectFiles({ name, template, modelText, version }: ProjectOptions): Project {
  const slug = slugOf(name);
  const model = `${slug}.model.ts`;
  const data = template.data === undefined ? {} : { data: template.data };
  return {
    model,
    files: [
      { path: model, text: renamed(modelText, template.modelName, modelNameOf(name)) },
      { path: "package.json", text: json(packageJson(slug, model, data.data, version)) },
      { path: "tsconfig.json", text: json(tsconfig) },
      { path: ".gitignore", text: ignored.map((line) => `${line}\n`).join("") },
      { path: ".vscode/tasks.json", text: json({ version: "2.0.0", tasks: tasks(model, data) }) },
      { path: ".vscode/extensions.json", text: json({ recommendations: ["quantlens.quantlens"] }) },
    ],
  };
}

/** The name as files and packages have it: `My Net 2` is `my-net-2`; empty when nothing is left of it. */
export function slugOf(name: string): string {
  const words = name.replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1-$2").toLowerCase();
  return words
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** The name as models have it: `my net 2` is `MyNet2`. */
function modelNameOf(name: string): string {
  const words = slugOf(name).split("-");
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function renamed(text: string, from: string, to: string): string {
  return text.replace(`name: "${from}"`, `name: ${JSON.stringify(to)}`);
}

function packageJson(slug: string, model: string, data: string | undefined, version: string): object {
  const train = ["quantlens train", model, ...(data === undefined ? [] : ["--data", data])].join(" ");
  return {
    name: slug,
    private: true,
    type: "module",
    scripts: { cost: `quantlens cost ${model}`, check: `quantlens check ${model}`, train, typecheck: "tsc" },
    devDependencies: { quantlens: `^${version}`, typescript: typescriptVersion },
  };
}

const tsconfig = {
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    target: "es2023",
    lib: ["es2023"],
    module: "nodenext",
    types: [],
    noEmit: true,
  },
  include: ["**/*.ts"],
};

/** What training, exporting and generating leave behind. */
const ignored = ["node_modules/", "runs/", "sweeps/", ".quantlens/", "*.hdf5"];

function tasks(model: string, data: { readonly data?: string }): object[] {
  const task = (command: string, more: object = {}) => ({
    type: "quantlens",
    command,
    model,
    ...more,
    problemMatcher: "$quantlens",
    label: command,
  });
  return [
    task("check", { group: { kind: "test", isDefault: true } }),
    task("cost"),
    task("train", { ...data, group: { kind: "build", isDefault: true } }),
  ];
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
