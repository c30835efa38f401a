import { successTexts } from "@redis-operator/client/contract";
import type { RedisConnection } from "@redis-operator/core/redis";
import { checkReadiness, type ReadinessPolicy } from "@redis-operator/core/replication";
import { textReply } from "@redis-operator/server";
import type { Handler } from "hono";

/** What {@link readyzRoute} needs. */
export interface ReadyzDeps {
  readonly redis: RedisConnection;
  readonly readiness: ReadinessPolicy;
  /** Whether the manager has begun to stop; a pod that leaves takes no more traffic. */
  readonly isStopping: () => boolean;
}

/** `GET /readyz`: may this Redis be sent traffic? Open, as the kubelet sends no credentials. */
export function readyzRoute({ redis, readiness, isStopping }: ReadyzDeps): Handler {
  return async () => {
    if (isStopping()) return notReady("stopping");
    const verdict = await checkReadiness(redis, readiness);
    return verdict.ready ? textReply(successTexts.probe, { status: 200 }) : notReady(verdict.reason);
  };
}

function notReady(reason: string): Response {
  return textReply(`redis not ready: ${reason}`, { status: 503 });
}
