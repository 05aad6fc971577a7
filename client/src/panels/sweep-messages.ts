/** What the sweep's page and the extension host say to each other. All numbers are from the sweep's files. */

export interface SweepProtocol {
  readonly toPage: { readonly kind: "sweep"; readonly sweep: SweepRecord };
  readonly fromPage: { readonly kind: "open"; readonly row: number };
}

export interface SweepRecord {
  readonly model: string;
  readonly status: string;
  readonly rows: readonly SweepRow[];
  /** Rows in all, where that is known. */
  readonly total?: number;
  /** Accuracy of a valid submission, and the most that a row may cost. */
  readonly goal?: number;
  readonly scoreBudget?: number;
  readonly warnings: readonly string[];
}

export interface SweepRow {
  readonly row: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly state: string;
  /** The stage that is or was last worked on, and its epochs. */
  readonly stage?: { readonly name: string; readonly epoch: number; readonly epochs: number };
  readonly stagesDone: number;
  readonly stages: number;
  readonly accuracy?: number;
  readonly score?: number;
  readonly bops?: number;
  readonly memWBits?: number;
  readonly density?: number;
  /** No other row is better in both accuracy and score. */
  readonly pareto: boolean;
  readonly message?: string;
}
