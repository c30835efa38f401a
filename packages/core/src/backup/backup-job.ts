import type { InstanceErrorCode } from "../errors.ts";
import type { BackupMethod, BackupProgress, BackupResult } from "./backup-request.ts";
import type { S3Destination } from "./s3-destination.ts";

/** One backup since the manager started, and what has become of it. */
export type BackupJob = {
  readonly backupName: string;
  readonly method: BackupMethod;
  readonly destination: JobDestination;
  /** The last that was told, once the job has ended. */
  readonly progress: BackupProgress;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
} & JobState;

/** Whether a job still runs, or how it ended. Times are ISO 8601, UTC. */
export type JobState =
  | { readonly phase: "running" }
  | { readonly phase: "succeeded"; readonly finishedAt: string; readonly result: BackupResult }
  | { readonly phase: "failed" | "cancelled"; readonly finishedAt: string; readonly error: JobError };

/** Why a job did not succeed. `INTERNAL`: a defect, whose own text is in the log alone. */
export interface JobError {
  readonly code: InstanceErrorCode | "INTERNAL";
  readonly message: string;
}

/** Where a job's object goes, without any secret. */
export type JobDestination = Pick<S3Destination, "bucket" | "path" | "endpoint" | "region">;

/** What may be told of a destination: neither the user nor the query of its URL. */
export function describeDestination({ bucket, path, endpoint, region }: S3Destination): JobDestination {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  return {
    bucket,
    path,
    ...(url !== null && { endpoint: `${url.origin}${url.pathname.replace(/\/$/, "")}` }),
    region,
  };
}
