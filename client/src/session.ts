/** A running server as the rest of the client sees it: typed messages and a state, nothing of the LSP library. */
import type { Disposable } from "vscode";
import type {
  ClientNotifications,
  ClientRequests,
  ServerNotifications,
  ServerRequests,
  ServerStatus,
} from "../../shared/messages.js";

export interface Session {
  request<M extends keyof ServerRequests>(
    method: M,
    params: ServerRequests[M]["params"],
  ): Promise<ServerRequests[M]["result"]>;
  notify<M extends keyof ServerNotifications>(method: M, params: ServerNotifications[M]): void;
  /** Listens to a notification of the server; goes on after a restart. */
  on<M extends keyof ClientNotifications>(method: M, listener: (params: ClientNotifications[M]) => void): Disposable;
  /** Answers a request of the server; goes on after a restart. */
  answer<M extends keyof ClientRequests>(
    method: M,
    handler: (params: ClientRequests[M]["params"]) => Promise<ClientRequests[M]["result"]>,
  ): Disposable;
  /** The server's state now and whenever it changes. */
  onState(listener: (status: ServerStatus) => void): Disposable;
  restart(): Promise<void>;
  stop(): Promise<void>;
}
