/** Diagnostics that are pushed: all of them to a client that cannot pull, those of closed files to one that can. */
import type { Connection, Diagnostic } from "vscode-languageserver";
import type { ModelState } from "./models/model-state.js";

export interface DiagnosticsChannel {
  /** A model was evaluated: `of` gives the diagnostics of each of its files. */
  evaluated(state: ModelState, of: (file: string) => Diagnostic[]): void;
  /** A model is no longer open. */
  closed(model: string): void;
  /** A file was opened or closed: from now on the client pulls its diagnostics, or no longer does. */
  toggled(file: string): void;
}

/** What the channel has to know about files, by canonical URI. */
export interface ChannelFiles {
  /** The client's spelling. */
  readonly clientUri: (file: string) => string;
  /** True for a file whose diagnostics the client asks for itself. */
  readonly pulled: (file: string) => boolean;
}

/** Each model says something about its files; a file that several models share shows what all of them say. */
export function createDiagnosticsChannel(
  connection: Pick<Connection, "sendDiagnostics">,
  { clientUri, pulled }: ChannelFiles,
): DiagnosticsChannel {
  const byModel = new Map<string, ReadonlyMap<string, Diagnostic[]>>();
  /** URIs under which the client shows something that was pushed. */
  const shown = new Map<string, string>();
  const send = (uri: string, diagnostics: Diagnostic[]): void => {
    void connection.sendDiagnostics({ uri, diagnostics });
  };
  const publish = (file: string): void => {
    const uri = clientUri(file);
    const before = shown.get(file);
    // The client's spelling changes when it opens the file.
    if (before !== undefined && (before !== uri || pulled(file))) send(before, []);
    shown.delete(file);
    if (pulled(file)) return;
    const found = distinctDiagnostics([...byModel.values()].flatMap((files) => files.get(file) ?? []));
    if (found.length > 0) shown.set(file, uri);
    send(uri, found);
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
    toggled(file) {
      const isRight = shown.get(file) === (pulled(file) ? undefined : clientUri(file));
      if (!isRight && [...byModel.values()].some((files) => files.has(file))) publish(file);
    },
  };
}

/** Models that import the same helper find the same problems in it. */
export function distinctDiagnostics(all: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(all.map((found) => [JSON.stringify([found.code, found.range, found.message]), found])).values()];
}
