/** The running VS Codes of one run of the tests: scenarios of the same kind share one, each in a window of its own. */
import { startCodeServer } from "./code-server.mjs";

/**
 * How a VS Code is started for each kind of scenario. `host` lets tests run inside the extension host, which VS Code
 * allows only with its smoke-test driver.
 */
const kinds = {
  trusted: { trusted: true, driver: false },
  restricted: { trusted: false, driver: false },
  host: { trusted: true, driver: true },
};

/** Starts each kind of VS Code when it is first asked for, with the extension package installed. */
export function createServers(vsix) {
  const started = new Map();
  return {
    /** @param {keyof typeof kinds} kind */
    get(kind) {
      if (!(kind in kinds)) throw new Error(`There is no VS Code of the kind "${kind}": ${Object.keys(kinds)}.`);
      if (!started.has(kind)) started.set(kind, startCodeServer(vsix, kinds[kind]));
      return started.get(kind);
    },
    async stop() {
      const servers = await Promise.allSettled(started.values());
      await Promise.all(servers.map(({ value }) => value?.stop()));
    },
  };
}
