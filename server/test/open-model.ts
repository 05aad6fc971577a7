/** Opens a model in the real store with the real sandbox, for the tests of features. */
import type { Position, TextDocumentContentChangeEvent } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { testRunner } from "../../shared/testing/sandbox.js";
import { defaultConfig, type ParameterValues, type ServerConfig } from "../src/config.js";
import { createFiles } from "../src/host/files.js";
import { ModelStore } from "../src/models/model-store.js";
import type { ModelState, ShownModel } from "../src/models/model-state.js";
import type { ChosenWeights } from "../src/models/weights-store.js";
import { OpenDocuments } from "../src/text/documents.js";

export const modelUri = "file:///project/net.model.ts";

export interface OpenOptions {
  /** Further open files, by name relative to the model. */
  readonly files?: Readonly<Record<string, string>>;
  readonly config?: Partial<ServerConfig>;
  readonly weights?: ChosenWeights;
  readonly parameters?: ParameterValues;
}

export class OpenModel {
  readonly states: ModelState[] = [];

  private constructor(
    readonly store: ModelStore,
    readonly documents: OpenDocuments,
    /** Where `$0` stood in the model's text. */
    readonly cursor: Position,
  ) {}

  /** `$0` in the text marks the cursor and is taken out. */
  static async open(
    marked: string,
    { files = {}, config, weights = {}, parameters = {} }: OpenOptions = {},
  ): Promise<OpenModel> {
    const documents = new OpenDocuments();
    const at = marked.indexOf("$0");
    const text = marked.replace("$0", "");
    const store = new ModelStore({
      documents,
      files: createFiles(documents, undefined),
      runner: await testRunner(),
      config: () => Promise.resolve({ ...defaultConfig, deadlineMs: 5000, ...config }),
      weights: () => Promise.resolve(weights),
      parameters: () => parameters,
      failed: (error) => {
        throw error;
      },
      evaluated: (state) => opened.states.push(state),
      running: () => undefined,
    });
    const opened = new OpenModel(store, documents, TextDocument.create("", "", 0, text).positionAt(Math.max(at, 0)));
    for (const [name, content] of Object.entries({ ...files, "net.model.ts": text })) {
      const uri = new URL(name, modelUri).href;
      store.documentChanged(documents.open({ uri, languageId: "typescript", version: 1, text: content }));
    }
    return opened;
  }

  get text(): string {
    return this.textOf(modelUri);
  }

  textOf(uri: string): string {
    return this.documents.get(uri)?.text ?? "";
  }

  async state(): Promise<ModelState> {
    const state = await this.store.current(modelUri);
    if (!state) throw new Error("the text is not taken for a model");
    return state;
  }

  async shown(): Promise<ShownModel> {
    const { shown, analysis } = await this.state();
    if (!shown) throw new Error(analysis.problems.map(({ message }) => message).join("\n"));
    return shown;
  }

  /** Replaces the first occurrence of a text, as typing does. */
  replace(find: string, put: string, uri = modelUri): void {
    const document = this.documents.get(uri);
    const start = document?.text.indexOf(find) ?? -1;
    if (!document || start === -1) throw new Error(`there is no ${JSON.stringify(find)}`);
    const lines = TextDocument.create("", "", 0, document.text);
    const range = { start: lines.positionAt(start), end: lines.positionAt(start + find.length) };
    const change: TextDocumentContentChangeEvent = { range, text: put };
    this.documents.change(uri, [change], document.version + 1);
    this.store.documentChanged(uri);
  }
}

/** All of a text, as a range. */
export function wholeRange(text: string): { start: Position; end: Position } {
  return { start: { line: 0, character: 0 }, end: TextDocument.create("", "", 0, text).positionAt(text.length) };
}
