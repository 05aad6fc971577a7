/** What the pages of graphs and of ONNX files and the extension host say to each other. */
import type { DrawingParams, DrawingRecord, NetworkRecord } from "../../../shared/network-messages.js";
import type { MessageRange } from "../../../shared/messages.js";
import type { CursorMessage } from "./cursor-messages.js";

export type DrawingMessage =
  | { readonly kind: "drawing"; readonly drawing: DrawingRecord }
  /** There is no drawing: one sentence. */
  | { readonly kind: "noDrawing"; readonly message: string };

export interface GraphProtocol {
  readonly toPage: DrawingMessage | CursorMessage;
  readonly fromPage:
    /** A drawing is wanted, and again whenever the network changes. */
    | { readonly kind: "draw"; readonly form: DrawingParams["form"] }
    | { readonly kind: "reveal"; readonly uri: string; readonly range: MessageRange };
}

export interface OnnxProtocol {
  readonly toPage:
    | DrawingMessage
    | { readonly kind: "network"; readonly network: NetworkRecord }
    /** There is nothing to show: one sentence. */
    | { readonly kind: "noNetwork"; readonly message: string };
  readonly fromPage: GraphProtocol["fromPage"];
}
