/** Fetches settings per resource from the client and keeps them until they change. */
import { canonicalUri } from "./host/uris.js";
import { severityProblems } from "./severities.js";
import { defaultConfig, parseConfig, type ServerConfig } from "./config.js";

export interface Settings {
  /** The settings in force for a file. Never rejects: the defaults stand in for a client that cannot answer. */
  of(uri: string): Promise<ServerConfig>;
  /** Forgets what was fetched; `pushed` is what a client without `workspace/configuration` sends along. */
  changed(pushed: unknown): void;
}

/**
 * `fetch` asks the client for the section `quantlens` of a resource; absent where the client cannot answer. `complain` is told
 * once what has no effect in the settings.
 */
export function createSettings(
  fetch: ((uri: string) => Promise<unknown>) | undefined,
  initial: unknown,
  complain: (sentence: string) => void,
): Settings {
  const fetched = new Map<string, Promise<ServerConfig>>();
  const said = new Set<string>();
  const read = (section: unknown): ServerConfig => {
    for (const sentence of problemsOf(section)) {
      if (!said.has(sentence)) complain(sentence);
      said.add(sentence);
    }
    return parseConfig(section);
  };
  let fallback = read(sectionOf(initial));
  return {
    of(uri) {
      if (!fetch) return Promise.resolve(fallback);
      const key = canonicalUri(uri);
      const known = fetched.get(key);
      if (known) return known;
      const config = fetch(uri).then(read, () => defaultConfig);
      fetched.set(key, config);
      return config;
    },
    changed(pushed) {
      fetched.clear();
      // A client that is asked sends anything, or nothing.
      if (!fetch) fallback = read(sectionOf(pushed));
    },
  };
}

function problemsOf(section: unknown): string[] {
  const hasSeverities = typeof section === "object" && section !== null && "severities" in section;
  return hasSeverities ? severityProblems(section.severities) : [];
}

/** Clients send either `{ quantlens: {...} }` or the section itself. */
function sectionOf(settings: unknown): unknown {
  return typeof settings === "object" && settings !== null && "quantlens" in settings ? settings.quantlens : settings;
}
