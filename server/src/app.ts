/** Everything behind the connection: loaded once `initialize` has been answered. */
import path from "node:path";
import type { ClientFeatures } from "./capabilities.js";
import type { ClientConnection } from "./client-connection.js";
import { createDiagnosticsChannel } from "./diagnostics-channel.js";
import { networkJobs } from "./networks/runner.js";
import { createRuleLink } from "./features/rule-links.js";
import { startSandbox, warmTypeScript } from "./host/bundles.js";
import { createRequests, type Requests } from "./requests.js";
import { Session } from "./session.js";
import type { Connection } from "vscode-languageserver";

export interface App {
  readonly session: Session;
  readonly requests: Requests;
  /** Ends what runs beside the connection. */
  dispose(): Promise<void>;
}

/** How long after the start the code cache is written: when the first answers are out. */
const cacheDelayMs = 3000;

/** `folder` holds the bundles. Throws when one of them is missing. */
export function startApp(
  connection: Connection,
  client: ClientFeatures,
  clientConnection: ClientConnection,
  folder: string,
): App {
  const runner = startSandbox(folder);
  const runNetworkJob = networkJobs(folder);
  const writeCache = warmTypeScript(folder, client.options.cacheDir);
  const cacheTimer = setTimeout(writeCache, cacheDelayMs);
  const session = new Session({
    client,
    connection: clientConnection,
    channel: (files) => createDiagnosticsChannel(connection, files),
    runner,
    networkJobs: runNetworkJob,
    ruleLink: createRuleLink(client.options.ruleDocsUri ?? path.join(folder, "../docs/rules")),
  });
  return {
    session,
    requests: createRequests(session, client, runNetworkJob),
    async dispose() {
      clearTimeout(cacheTimer);
      writeCache();
      await session.dispose();
    },
  };
}
