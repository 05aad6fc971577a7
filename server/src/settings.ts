/** Fetches settings per resource from the client and keeps them until they change. */
import { canonicalUri } from "./host/uris.js";
import { defaultConfig, parseConfig, type ServerConfig } from "./config.js";

export interface Settings {
  /** The settings in force for a file. Never rejects: the defaults stand in for a client that cannot answer. */
  of(uri: string): Promise<ServerConfig>;
  /** Forgets what was fetched; `pushed` is what a client without `workspace/configuration` sends along. */
  changed(pushed: unknown): void;
}

/** `fetch` asks the client for the section `quantlens` of a resource; absent where the client cannot answer. */
export function createSettings(fetch: ((uri: string) => Promise<unknown>) | undefined, initial: unknown): Settings {
  const fetched = new Map<string, Promise<ServerConfig>>();
  let fallback = parseConfig(sectionOf(initial));
  return {
    of(uri) {
      if (!fetch) return Promise.resolve(fallback);
      const key = canonicalUri(uri);
      const known = fetched.get(key);
      if (known) return known;
      const config = fetch(uri).then(parseConfig, () => defaultConfig);
      fetched.set(key, config);
      return config;
    },
    changed(pushed) {
      fetched.clear();
      fallback = parseConfig(sectionOf(pushed));
    },
  };
}

/** Clients send either `{ quantlens: {...} }` or the section itself. */
function sectionOf(settings: unknown): unknown {
  return typeof settings === "object" && settings !== null && "quantlens" in settings ? settings.quantlens : settings;
}
