/** What is asked of the thread that works on whole networks, and what it answers. Plain data. */
import type { Diagram, DiagramForm } from "../../../shared/diagram/types.js";
import type { CostFlavor } from "../../../shared/graph/datatype.js";
import type { NetworkRecord, NoAnswer } from "../../../shared/network-messages.js";

/** What a network's cost is computed by. */
export interface NetworkOptions {
  /** Whose cost drawings show. */
  readonly flavor: CostFlavor;
  readonly discountSparsity: boolean;
}

export interface ReadJob extends NetworkOptions {
  readonly kind: "read";
  /** An ONNX file: its path, or its bytes where it is not on this machine. */
  readonly source: { readonly path: string } | { readonly bytes: Uint8Array };
  /** The file's name, for the title of drawings. */
  readonly title: string;
}

/** A file that has been read: its nodes with their cost, and what is drawn of it when that is asked for. */
export interface ReadNetwork {
  readonly record: NetworkRecord;
  readonly diagrams: Readonly<Record<DiagramForm, Diagram | NoAnswer>>;
}

export interface DrawJob {
  readonly kind: "draw";
  readonly diagram: Diagram;
}

/** By the `kind` of the job. */
export interface JobAnswers {
  readonly read: ReadNetwork | NoAnswer;
  readonly draw: { readonly svg: string };
}

export type NetworkJob = ReadJob | DrawJob;
