import type { InstanceStatus } from "@redis-operator/client/contract";
import type { RedisConnection } from "@redis-operator/core/redis";
import { readStatus } from "@redis-operator/core/replication";
import { errorReply } from "@redis-operator/server";
import type { Handler } from "hono";
import { toWireStatus } from "../wire/status.ts";

/** What {@link statusRoute} needs. */
export interface StatusDeps {
  readonly redis: RedisConnection;
  /** Whether Redis is fenced and has ended. One that is still on its way down answers for itself. */
  readonly isKeptDown: () => boolean;
}

/** `GET /v1/status`: what this instance says of its replication, read now. */
export function statusRoute({ redis, isKeptDown }: StatusDeps): Handler {
  return async (context) => {
    // Elsewhere it is a conflict; here there is nothing to read from, as with any Redis that is down.
    if (isKeptDown()) {
      return errorReply({
        status: 503,
        code: "INSTANCE_FENCED",
        message: "the instance is fenced: its Redis is kept down",
      });
    }
    const status = await readStatus(redis);
    return context.json<InstanceStatus>(toWireStatus(status, new Date()));
  };
}
