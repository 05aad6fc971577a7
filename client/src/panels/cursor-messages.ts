/** What pages are told that follow the cursor of the editors beside them. */
import type { MessagePosition } from "../../../shared/messages.js";

/** Where the cursor is in an editor. */
export interface CursorMessage extends MessagePosition {
  readonly kind: "cursor";
  readonly uri: string;
}
