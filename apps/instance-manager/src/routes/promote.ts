import { type InstanceStatus, promoteQuerySchema, successTexts } from "@redis-operator/client/contract";
import { promote, readOwnIpAddresses } from "@redis-operator/core/replication";
import { describeCaller, textReply } from "@redis-operator/server";
import type { Handler } from "hono";
import { parseQuery, wantsJson } from "../request.ts";
import { toWireStatus } from "../wire/status.ts";
import type { RoleChangeDeps } from "./role-change.ts";

/** What {@link promoteRoute} needs. */
export interface PromoteDeps extends RoleChangeDeps {
  /** Looks for another instance that holds data. @returns What was found, in a few words. */
  readonly findPeerWithData: () => Promise<string | undefined>;
}

/** `POST /v1/promote`: makes this instance a primary, or answers why not. */
export function promoteRoute(deps: PromoteDeps): Handler {
  const { redis, roleChanges, maxWaitMs, isFenced, knownHosts, redisPort, readBackTimeoutMs, logger } = deps;
  return async (context) => {
    const { minOffset, replicationId, force = false } = parseQuery(context, promoteQuerySchema);
    const change = () =>
      promote(redis, {
        preconditions: { minOffsetBytes: minOffset, replicationId },
        force,
        isFenced,
        own: { ipAddresses: readOwnIpAddresses(knownHosts), port: redisPort },
        findPeerWithData: deps.findPeerWithData,
        readBackTimeoutMs,
        caller: describeCaller(context),
        logger,
      });
    const { signal } = context.req.raw;
    const status = await roleChanges.run(change, { what: "a promotion", maxWaitMs, signal });
    return wantsJson(context)
      ? context.json<InstanceStatus>(toWireStatus(status, new Date()))
      : textReply(successTexts.promote, { status: 200 });
  };
}
