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
  /** Whether Redis is to run now; it isn't while its role is awaited, and while it is fenced. */
  readonly isMeantToRun: () => boolean;
  /** What speaks against traffic, whatever Redis answers itself. */
  readonly notReadyReason: () => string | undefined;
}

/** `GET /readyz`: may this Redis be sent traffic? Open, as the kubelet sends no credentials. */
export function readyzRoute(deps: ReadyzDeps): Handler {
  const { redis, readiness, isStopping, isMeantToRun, notReadyReason } = deps;
  return async () => {
    if (isStopping()) return notReady("stopping");
    if (!isMeantToRun()) return notReady(notReadyReason() ?? "not started");
    const verdict = await checkReadiness(redis, readiness);
    // Asked after Redis: by now the reason may be gone, or have come.
    const reason = verdict.ready ? notReadyReason() : verdict.reason;
    return reason === undefined ? textReply(successTexts.probe, { status: 200 }) : notReady(reason);
  };
}

function notReady(reason: string): Response {
  return textReply(`redis not ready: ${reason}`, { status: 503 });
}
