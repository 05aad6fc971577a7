/**
 * From an entry file to a marked program: reads the files, follows their imports, marks each file once and
 * lists everything that cannot be imported.
 */
import type { Problem } from "../problems.js";
import { instrument, type Marked } from "./instrument/instrument.js";
import { linkedCode } from "./link.js";
import type { Program } from "./program.js";
import type { RunModule } from "./protocol.js";
import { buildProgram } from "./tables.js";
import { loadTypeScript, type TypeScript as ts, type TypeScriptLibrary } from "./typescript.js";

/** Where a program's files come from. Paths are the host's own: absolute paths or URIs. */
export interface SourceHost {
  /** The text of a file (the editor's, if it is open), or `undefined` if there is none. */
  readFile(path: string): Promise<string | undefined>;
  /** The path that a relative specifier (`./blocks.js`) in the file `from` names. */
  resolve(from: string, specifier: string): string;
}

/** A file of the program, marked, with its imports resolved. */
export interface MarkedModule extends Marked {
  readonly path: string;
  readonly text: string;
  /** What its specifiers stand for: paths, or `quantlens`. */
  readonly targets: ReadonlyMap<string, string>;
  /** Imports itself, by way of what it imports. */
  readonly inCircle: boolean;
}

export interface MarkedProgram {
  readonly program: Program;
  /** What is run. */
  readonly modules: readonly RunModule[];
  /** The marked files by path, to trace positions back. */
  readonly marked: ReadonlyMap<string, MarkedModule>;
  /** Syntax errors and imports that cannot be; with any of these the program is not run. */
  readonly problems: readonly Problem[];
  /** All files that were looked for, found or not: when one of them changes, the result may. */
  readonly dependencies: readonly string[];
}

/** Ids of file `n` begin at `n * idsPerFile`. A file of the greatest length has not that many sites. */
const idsPerFile = 2 ** 20;
/** What a program may consist of. */
const maxFiles = 500;
const maxFileLength = 1_000_000;
const maxTotalLength = 8_000_000;
/** The name under which a program imports the DSL. */
const dslName = "quantlens";

/** Files that were marked before, by path, for one host. */
const caches = new WeakMap<SourceHost, Map<string, OpenModule>>();

/** Marks a model file and all that it imports. */
export async function markProgram(entry: string, host: SourceHost): Promise<MarkedProgram> {
  const library = await loadTypeScript();
  return new Linker(library, entry, host).run();
}

/** A module whose imports are being resolved. */
type OpenModule = MarkedModule & { readonly targets: Map<string, string>; inCircle: boolean };

class Linker {
  private readonly files = new Map<string, OpenModule>();
  private readonly problems: Problem[] = [];
  private readonly dependencies = new Set<string>();
  private readonly cache: Map<string, OpenModule>;
  private totalLength = 0;

  constructor(
    private readonly library: TypeScriptLibrary,
    private readonly entry: string,
    private readonly host: SourceHost,
  ) {
    this.cache = caches.get(host) ?? new Map<string, OpenModule>();
    caches.set(host, this.cache);
  }

  async run(): Promise<MarkedProgram> {
    const text = await this.read(this.entry);
    if (text === undefined) this.refuse(this.entry, "", "file-not-found", "cannot be read: check its name");
    else await this.add(this.entry, text);
    const files = this.problems.length === 0 ? [...this.files.values()] : [];
    for (const file of files) file.inCircle = this.isInCircle(file);
    const modules = files.map((file) => {
      const { path, baseId, callees } = file;
      return { path, code: linkedCode(file), baseId, callees };
    });
    return {
      program: buildProgram(this.library, this.entry, [...this.files.values()]),
      modules,
      marked: this.files,
      problems: this.problems,
      dependencies: [...this.dependencies],
    };
  }

  private isInCircle(file: OpenModule): boolean {
    const seen = new Set<string>();
    const open = [...file.targets.values()];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (path === file.path) return true;
      if (!seen.has(path)) open.push(...(this.files.get(path)?.targets.values() ?? []));
      seen.add(path);
    }
    return false;
  }

  private read(path: string): Promise<string | undefined> {
    this.dependencies.add(path);
    return this.host.readFile(path);
  }

  /** Marks a file and adds what it imports. */
  private async add(path: string, text: string): Promise<void> {
    this.totalLength += text.length;
    if (text.length > maxFileLength) {
      this.refuse(path, text, "file-too-large", `is longer than ${maxFileLength} characters: make it smaller`);
      return;
    }
    if (this.files.size >= maxFiles || this.totalLength > maxTotalLength) {
      this.refuse(path, text, "file-too-large", "is one file too many: import less");
      return;
    }
    const module = this.mark(path, text, this.files.size * idsPerFile);
    if (module === undefined) {
      this.refuse(path, text, "syntax-error", "is nested too deeply to be read: take it apart");
      return;
    }
    this.files.set(path, module);
    if (this.checkSyntax(module)) return;
    for (const reference of module.references) {
      await this.follow(module, reference.specifier, reference.start, reference.end);
    }
  }

  /** Keeps a file that is not read, with its text for the problem, as if there were nothing in it. */
  private refuse(path: string, text: string, code: string, reason: string): void {
    const empty = instrument(this.library, parse(this.library, path, ""), this.files.size * idsPerFile);
    this.files.set(path, { ...empty, path, text, targets: new Map(), inCircle: false });
    this.problems.push(problem(code, `${baseName(path)} ${reason}.`, path, 0, 0));
  }

  /** A marked file, from the cache if nothing has changed; `undefined` if it is nested too deeply. */
  private mark(path: string, text: string, baseId: number): OpenModule | undefined {
    const known = this.cache.get(path);
    if (known?.text === text && known.baseId === baseId) return known;
    try {
      const source = parse(this.library, path, text);
      const marked = instrument(this.library, source, baseId);
      const module = { ...marked, path, text, targets: new Map<string, string>(), inCircle: false };
      this.cache.set(path, module);
      return module;
    } catch (error) {
      // The parser and the marks go down the syntax tree call by call.
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** Reports syntax errors; true if there are any. */
  private checkSyntax({ source, path, text }: MarkedModule): boolean {
    const { parseDiagnostics } = source as unknown as { parseDiagnostics: readonly ts.DiagnosticWithLocation[] };
    for (const { messageText, start, length } of parseDiagnostics) {
      const message = typeof messageText === "string" ? messageText : messageText.messageText;
      this.problems.push(problem("syntax-error", message, path, start, start + length));
    }
    if (parseDiagnostics.length > 0) return true;
    const error = path.endsWith(".json") ? jsonError(text) : undefined;
    if (error) this.problems.push(problem("syntax-error", error.message, path, error.start, error.start + 1));
    return error !== undefined;
  }

  private async follow(from: OpenModule, specifier: string, start: number, end: number): Promise<void> {
    if (specifier === dslName) {
      from.targets.set(specifier, dslName);
      return;
    }
    if (!/^\.\.?(?:\/|$)/.test(specifier)) {
      const reason = /^\.\.?\\/.test(specifier)
        ? `write "${specifier.replaceAll("\\", "/")}", with / on every system`
        : 'a model file may import "quantlens" and relative .ts, .js and .json files, nothing else';
      const message = `"${specifier}" cannot be imported: ${reason}.`;
      this.problems.push(problem("import-not-allowed", message, from.path, start, end));
      return;
    }
    for (const candidate of candidates(this.host.resolve(from.path, specifier))) {
      const text = this.files.get(candidate)?.text ?? (await this.read(candidate));
      if (text === undefined) continue;
      from.targets.set(specifier, candidate);
      if (!this.files.has(candidate)) await this.add(candidate, text);
      return;
    }
    this.problems.push(
      problem(
        "import-not-found",
        `There is no file for "${specifier}": create it or correct the path.`,
        from.path,
        start,
        end,
      ),
    );
  }
}

/** What a path without or with a JavaScript ending may stand for, best first. */
function candidates(path: string): string[] {
  if (/\.(?:ts|mts|json)$/.test(path)) return [path];
  if (/\.m?js$/.test(path)) return [path.replace(/js$/, "ts"), path];
  return [`${path}.ts`, `${path}.js`, `${path}/index.ts`, `${path}/index.js`];
}

function parse(library: TypeScriptLibrary, path: string, text: string): ts.SourceFile {
  const { ScriptKind, ScriptTarget } = library;
  const kind = path.endsWith(".json") ? ScriptKind.JSON : /\.m?js$/.test(path) ? ScriptKind.JS : ScriptKind.TS;
  return library.createSourceFile(path, text, { languageVersion: ScriptTarget.ESNext }, false, kind);
}

/** What TypeScript lets pass and JSON does not: comments, commas at the end, single quotes. */
function jsonError(text: string): { readonly message: string; readonly start: number } | undefined {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ""));
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const start = Number(/position (\d+)/.exec(reason)?.[1] ?? 0);
    return {
      message: "This is no JSON: it has no comments, no comma behind the last element and only double quotes.",
      start,
    };
  }
}

function problem(code: string, message: string, file: string, start: number, end: number): Problem {
  return { code, severity: "error", message, target: { kind: "range", file, start, end } };
}

/** Last part of a path or URI. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
