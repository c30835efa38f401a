import type { InstanceStatus } from "@redis-operator/client/contract";
import type { RedisConnection } from "@redis-operator/core/redis";
import { readStatus } from "@redis-operator/core/replication";
import type { Handler } from "hono";
import { toWireStatus } from "../wire/status.ts";

/** What {@link statusRoute} needs. */
export interface StatusDeps {
  readonly redis: RedisConnection;
}

/** `GET /v1/status`: what this instance says of its replication, read now. */
export function statusRoute({ redis }: StatusDeps): Handler {
  return async (context) => {
    const status = await readStatus(redis);
    return context.json<InstanceStatus>(toWireStatus(status, new Date()));
  };
}
