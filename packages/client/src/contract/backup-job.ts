import * as z from "zod";
import { backupNameSchema, backupResultSchema } from "./backup.ts";
import { errorBodySchema } from "./errors.ts";

const time = z.iso.datetime({ offset: true });

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
  backupName: z.string(),
  method: z.enum(["rdb", "aof"]),
  /** Without any secret of its URL. */
  destination: z.object({
    s3: z.object({
      bucket: z.string(),
      path: z.string(),
      endpoint: z.string().exactOptional(),
      region: z.string(),
    }),
  }),
  /** The last that was known, once the job has ended. */
  progress: progressSchema,
  startedAt: time,
};

const endFields = { ...jobFields, finishedAt: time };

/** Why a backup failed or was cancelled, as `POST /v1/backup` would have answered it. */
const jobErrorSchema = errorBodySchema.shape.error;

/** One backup since the manager started: the body of `GET /v1/backups/{name}`, and of a 202 of `POST /v1/backup`. */
export const backupJobSchema = z.discriminatedUnion("phase", [
  z.object({ phase: z.literal("running"), ...jobFields }),
  z.object({ phase: z.literal("succeeded"), ...endFields, result: backupResultSchema }),
  z.object({ phase: z.literal("failed"), ...endFields, error: jobErrorSchema }),
  z.object({ phase: z.literal("cancelled"), ...endFields, error: jobErrorSchema }),
]);

/** Body of `GET /v1/backups`: newest first, the running one and the last hundred that have ended. */
export const backupJobListSchema = z.object({ backups: z.array(backupJobSchema) });

/** The path of `GET` and `DELETE /v1/backups/{name}`. */
export const backupJobParamsSchema = z.object({ name: backupNameSchema });

/** How far a backup is. */
export type BackupProgress = z.infer<typeof progressSchema>;
/** One backup and what became of it. */
export type BackupJob = z.infer<typeof backupJobSchema>;
/** The backups since the manager started. */
export type BackupJobList = z.infer<typeof backupJobListSchema>;
