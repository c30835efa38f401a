import { type InstanceStatus, promoteQuerySchema, successTexts } from "@redis-operator/client/contract";
import type { Logger } from "@redis-operator/core/logger";
import type { RedisConnection } from "@redis-operator/core/redis";
import { promote } from "@redis-operator/core/replication";
import { textReply } from "@redis-operator/server";
import type { Handler } from "hono";
import { parseQuery, wantsJson } from "../request.ts";
import { toWireStatus } from "../wire/status.ts";

/** What {@link promoteRoute} needs. */
export interface PromoteDeps {
  readonly redis: RedisConnection;
  readonly readBackTimeoutMs: number;
  readonly logger: Logger;
}

/** `POST /v1/promote`: makes this instance a primary, or answers why not. */
export function promoteRoute({ redis, readBackTimeoutMs, logger }: PromoteDeps): Handler {
  return async (context) => {
    const { minOffset, replicationId } = parseQuery(context, promoteQuerySchema);
    const status = await promote(redis, {
      preconditions: { minOffsetBytes: minOffset, replicationId },
      readBackTimeoutMs,
      logger,
    });
    return wantsJson(context)
      ? context.json<InstanceStatus>(toWireStatus(status, new Date()))
      : textReply(successTexts.promote, { status: 200 });
  };
}
