import * as z from "zod";
import { parseAge } from "./age.ts";
import { destinationSchema } from "./backup.ts";

const countRange = "must be a whole number from 1 on";
const ageForm = "must be an age such as 30d, 720h or 36h30m, up to a century";

/**
 * Body of `POST /v1/backups/prune`: which backups under the destination's path to keep. What neither rule keeps is
 * deleted, but never the newest one.
 */
export const pruneRequestSchema = z
  .object({
    /** Under whose path backups are looked for. */
    destination: destinationSchema,
    /** The so many newest. */
    keepLast: z.int(countRange).min(1, countRange).exactOptional(),
    /** Those not older than this, in Go's format, or in days: `30d`. */
    keepFor: z.string(ageForm).transform(readAge).exactOptional(),
    /** Whether nothing is deleted, only told what would be. */
    dryRun: z.boolean("must be true or false").default(true),
  })
  .refine(
    ({ keepLast, keepFor }) => keepLast !== undefined || keepFor !== undefined,
    "keepLast or keepFor is required",
  )
  .transform(({ keepFor: keepForMs, ...request }) => ({
    ...request,
    ...(keepForMs !== undefined && { keepForMs }),
  }));

const storedBackupFields = {
  /** The name that it was made under. */
  backupName: z.string(),
  /** Its key in the bucket. */
  objectKey: z.string(),
  /** Bytes of the object. */
  backupSize: z.int().nonnegative(),
  /** ISO 8601. */
  startedAt: z.iso.datetime({ offset: true }),
};

/** The 200 body of `POST /v1/backups/prune`. Backups stand newest first. */
export const pruneResultSchema = z.object({
  /** Whether nothing was deleted. */
  dryRun: z.boolean(),
  /** What the rules keep. */
  kept: z.array(
    z.object({
      ...storedBackupFields,
      /** The rule that keeps it: `newest`, `within-keep-last`, `within-keep-for`. */
      reason: z.string(),
    }),
  ),
  /** What was deleted, or would be. */
  deleted: z.array(
    z.object({
      ...storedBackupFields,
      /** The rules that keep it no more: `beyond-keep-last`, `older-than-keep-for`, `beyond-both`. */
      reason: z.string(),
    }),
  ),
  /** What looks like a backup and proves to be none; it is left alone. */
  skipped: z.array(
    z.object({
      /** Its key in the bucket. */
      key: z.string(),
      /** `no-metadata`, `object-missing`, … */
      reason: z.string(),
    }),
  ),
});

function readAge(text: string, context: z.RefinementCtx): number {
  const ageMs = parseAge(text);
  if (ageMs !== undefined) return ageMs;
  context.addIssue({ code: "custom", message: ageForm });
  return z.NEVER;
}
