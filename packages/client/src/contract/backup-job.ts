import * as z from "zod";
import { backupNameSchema, backupResultSchema } from "./backup.ts";
import { errorBodySchema } from "./errors.ts";

const time = z.iso.datetime({ offset: true });

/** How far a backup is. */
const progressSchema = z.object({
  /** Waiting for Redis' other saves, saving, sending, or waiting for the store to confirm. */
  phase: z.enum(["waiting", "saving", "uploading", "confirming"]),
  /** Bytes of the object that the store has. */
  sentBytes: z.int().nonnegative(),
  /** Bytes of the whole object; absent while unknown, as of an archive that is compressed on its way. */
  totalBytes: z.int().nonnegative().exactOptional(),
  /** Whole percent of `totalBytes`. */
  percent: z.int().min(0).max(100).exactOptional(),
});

const jobFields = {
  /** As it was asked for. */
  backupName: z.string(),
  /** As it was asked for. */
  method: z.enum(["rdb", "aof"]),
  /** Without any secret of its URL. */
  destination: z.object({
    /** A bucket of S3, or of a store that speaks its protocol. */
    s3: z.object({
      /** The bucket's name. */
      bucket: z.string(),
      /** Prefix of the object key; empty if there is none. */
      path: z.string(),
      /** Absent for AWS itself. */
      endpoint: z.string().exactOptional(),
      /** As it was asked for, or the default. */
      region: z.string(),
    }),
  }),
  /** The last that was known, once the job has ended. */
  progress: progressSchema,
  /** ISO 8601. */
  startedAt: time,
};

const endFields = {
  ...jobFields,
  /** ISO 8601. */
  finishedAt: time,
};

/** Why a backup failed or was cancelled, as `POST /v1/backup` would have answered it. */
const jobErrorSchema = errorBodySchema.shape.error;

/** A backup that has not ended. */
const runningJobSchema = z.object({
  /** It waits, saves or uploads. */
  phase: z.literal("running"),
  ...jobFields,
});

/** A backup that is stored. */
const succeededJobSchema = z.object({
  /** The object is stored and confirmed. */
  phase: z.literal("succeeded"),
  ...endFields,
  /** What was stored, and where. */
  result: backupResultSchema,
});

/** A backup that failed. Nothing of it is stored. */
const failedJobSchema = z.object({
  /** A stage of it failed. */
  phase: z.literal("failed"),
  ...endFields,
  /** Why. */
  error: jobErrorSchema,
});

/** A backup that was cancelled: by a request, by a caller that went away, or by a stop. Nothing of it is stored. */
const cancelledJobSchema = z.object({
  /** It was ended before it was stored. */
  phase: z.literal("cancelled"),
  ...endFields,
  /** By what. */
  error: jobErrorSchema,
});

/** One backup since the manager started: the body of `GET /v1/backups/{name}`, and of a 202 of `POST /v1/backup`. */
export const backupJobSchema = z.discriminatedUnion("phase", [
  runningJobSchema,
  succeededJobSchema,
  failedJobSchema,
  cancelledJobSchema,
]);

/** Body of `GET /v1/backups`: newest first, the running one and the last hundred that have ended. */
export const backupJobListSchema = z.object({
  /** Newest first. */
  backups: z.array(backupJobSchema),
});

/** The path of `GET` and `DELETE /v1/backups/{name}`. */
export const backupJobParamsSchema = z.object({
  /** The name of a backup. */
  name: backupNameSchema,
});
