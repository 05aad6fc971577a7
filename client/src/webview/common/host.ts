/** A page's end of its channel to the extension host, and the state that VS Code keeps of it. */
import type { FromPage, KeptState, PageName, ToPage } from "../../panels/messages.js";

/** What VS Code gives to a webview, once. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export interface Host<P extends PageName> {
  /** The element that the page fills. */
  readonly root: HTMLElement;
  /** What the page is about. */
  readonly subject: string;
  post(message: FromPage<P>): void;
  /** How the view was set up before it was hidden or the window reloaded; whatever an earlier version wrote. */
  readonly kept: unknown;
  /** Keeps plain data about the view. */
  keep(view: unknown): void;
}

/** Call once, first. `listen` gets every message of the host; after the page has said `ready`, that is all it shows. */
export function connect<P extends PageName>(listen: (message: ToPage<P>) => void): Host<P> {
  const api = acquireVsCodeApi();
  const root = document.getElementById("page");
  if (root === null) throw new Error("the document has no element for the page");
  const subject = root.dataset.subject ?? "";
  const before = api.getState() as Partial<KeptState> | undefined;
  const view = before?.subject === subject ? before.view : undefined;
  const keep = (next: unknown): void => {
    api.setState({ subject, view: next } satisfies KeptState);
  };
  // Without a state VS Code would not bring the panel back.
  keep(view);
  window.addEventListener("message", ({ data }: MessageEvent<ToPage<P>>) => {
    listen(data);
  });
  return {
    root,
    subject,
    post: (message) => {
      api.postMessage(message);
    },
    kept: view,
    keep,
  };
}
