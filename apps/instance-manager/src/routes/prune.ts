import { type PruneResult, pruneRequestSchema } from "@redis-operator/client/contract";
import type { Handler } from "hono";
import { parseBody } from "../request.ts";
import { toWirePruneResult } from "../wire/backup.ts";
import type { BackupDeps } from "./backup.ts";

/**
 * `POST /v1/backups/prune`: deletes the backups that a retention policy doesn't keep, or tells which those are. A caller
 * that goes away ends it between two of them.
 */
export function pruneRoute({ jobs }: BackupDeps): Handler {
  return async (context) => {
    const { destination, ...request } = await parseBody(context, pruneRequestSchema);
    const result = await jobs.prune(
      { ...request, destination: destination.s3 },
      { signal: context.req.raw.signal },
    );
    return context.json<PruneResult>(toWirePruneResult(result));
  };
}
