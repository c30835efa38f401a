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
  backupName: z.string(),
  objectKey: z.string(),
  /** Bytes of the object. */
  backupSize: z.int().nonnegative(),
  /** ISO 8601. */
  startedAt: z.iso.datetime({ offset: true }),
};

/** The 200 body of `POST /v1/backups/prune`. Backups stand newest first. */
export const pruneResultSchema = z.object({
  dryRun: z.boolean(),
  /** With the rule that keeps each: `newest`, `within-keep-last`, `within-keep-for`. */
  kept: z.array(z.object({ ...storedBackupFields, reason: z.string() })),
  /** With the rules that keep it no more: `beyond-keep-last`, `older-than-keep-for`, `beyond-both`. */
  deleted: z.array(z.object({ ...storedBackupFields, reason: z.string() })),
  /** What looks like a backup and proves to be none; it is left alone. Reasons: `no-metadata`, `object-missing`, … */
  skipped: z.array(z.object({ key: z.string(), reason: z.string() })),
});

/** Old backups to be deleted, as a caller asks for it. */
export type PruneRequest = z.input<typeof pruneRequestSchema>;
/** What a prune found and did. */
export type PruneResult = z.infer<typeof pruneResultSchema>;

function readAge(text: string, context: z.RefinementCtx): number {
  const ageMs = parseAge(text);
  if (ageMs !== undefined) return ageMs;
  context.addIssue({ code: "custom", message: ageForm });
  return z.NEVER;
}
