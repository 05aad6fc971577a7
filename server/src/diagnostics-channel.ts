/** How diagnostics reach the client: it pulls where it can, else they are pushed. */
import type { Connection, Diagnostic } from "vscode-languageserver";
import type { ModelState } from "./models/model-state.js";

export interface DiagnosticsChannel {
  /** A model was evaluated: `of` gives the diagnostics of each of its files. */
  evaluated(state: ModelState, of: (file: string) => Diagnostic[]): void;
  /** A model is no longer open. */
  closed(model: string): void;
}

/** For clients that pull: what other files' diagnostics are is asked for again by `refresh`. */
export const pullChannel: DiagnosticsChannel = {
  evaluated: () => undefined,
  closed: () => undefined,
};

/** Pushes what each model says about its files; a file that several models share shows what all of them say. */
export function createPushChannel(
  connection: Pick<Connection, "sendDiagnostics">,
  clientUri: (key: string) => string,
): DiagnosticsChannel {
  const byModel = new Map<string, ReadonlyMap<string, Diagnostic[]>>();
  const publish = (file: string): void => {
    const all = [...byModel.values()].flatMap((files) => files.get(file) ?? []);
    void connection.sendDiagnostics({ uri: clientUri(file), diagnostics: distinctDiagnostics(all) });
  };
  const replace = (model: string, files: ReadonlyMap<string, Diagnostic[]> | undefined): void => {
    const before = byModel.get(model);
    if (files) byModel.set(model, files);
    else byModel.delete(model);
    for (const file of new Set([...(before?.keys() ?? []), ...(files?.keys() ?? [])])) publish(file);
  };
  return {
    evaluated(state, of) {
      const files = new Map<string, Diagnostic[]>();
      for (const file of new Set([state.key, ...state.sources.keys(), ...(state.shown?.sources.keys() ?? [])])) {
        const found = of(file);
        if (found.length > 0 || file === state.key) files.set(file, found);
      }
      replace(state.key, files);
    },
    closed(model) {
      replace(model, undefined);
    },
  };
}

/** Models that import the same helper find the same problems in it. */
export function distinctDiagnostics(all: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(all.map((found) => [JSON.stringify([found.code, found.range, found.message]), found])).values()];
}
