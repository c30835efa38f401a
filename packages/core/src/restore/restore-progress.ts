/** How far a restore is. */
export interface RestoreProgress {
  /** Reading the store, having Redis' own programs check what came, having a redis-server load it. */
  readonly phase: "downloading" | "checking" | "loading";
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** Takes the news, at most four times a second within a phase. */
export type ReportProgress = (progress: RestoreProgress) => void;
