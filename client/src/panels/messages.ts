/**
 * What the extension host and the pages say to each other, typed on both sides. A page is a bundle of its own
 * (`dist/webview/<page>.js`); it begins with `ready`, and is then sent everything that it shows.
 */
import type { DashboardProtocol } from "./dashboard-messages.js";
import type { ExplorerProtocol } from "./explorer-messages.js";
import type { GraphProtocol, OnnxProtocol } from "./network-messages.js";
import type { SweepProtocol } from "./sweep-messages.js";

/** Both directions of one page. Messages are plain data with a `kind`. */
export interface Protocol {
  readonly toPage: { readonly kind: string };
  readonly fromPage: { readonly kind: string };
}

/** Every page has a line here. */
export interface Pages {
  readonly explorer: ExplorerProtocol;
  readonly dashboard: DashboardProtocol;
  readonly sweep: SweepProtocol;
  readonly graph: GraphProtocol;
  readonly onnx: OnnxProtocol;
}

export type PageName = keyof Pages;
export type ToPage<P extends PageName> = Pages[P]["toPage"];
/** What a page sends; `ready` once it listens, in the beginning and after each reload. */
export type FromPage<P extends PageName> = Pages[P]["fromPage"] | { readonly kind: "ready" };

/**
 * What VS Code keeps of a panel while it is hidden and between windows: what it is about, and how the user has set up the
 * view. The page writes it, the panel's serializer reads it.
 */
export interface KeptState {
  /** Usually a URI. */
  readonly subject: string;
  readonly view?: unknown;
}
