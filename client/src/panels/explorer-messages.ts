/** What the cost explorer's page and the extension host say to each other. */
import type { ExploreRecord, MessageRange, WhatIf } from "../../../shared/messages.js";
import type { CursorMessage } from "./cursor-messages.js";

export interface ExplorerProtocol {
  readonly toPage:
    | { readonly kind: "record"; readonly record: ExploreRecord }
    /** There is nothing to show: one sentence. */
    | { readonly kind: "empty"; readonly message: string }
    | CursorMessage
    /** Something asked for was not done: one sentence. */
    | { readonly kind: "problem"; readonly message: string }
    /** The what-if has become the text. */
    | { readonly kind: "written" };
  readonly fromPage:
    | { readonly kind: "whatIf"; readonly whatIf: WhatIf | undefined }
    | { readonly kind: "write"; readonly whatIf: WhatIf }
    | { readonly kind: "reveal"; readonly uri: string; readonly range: MessageRange }
    | { readonly kind: "pickWeights" }
    | { readonly kind: "pickParameters" }
    | { readonly kind: "pickProfile" };
}
