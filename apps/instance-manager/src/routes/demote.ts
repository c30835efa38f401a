import { demoteQuerySchema, type InstanceStatus, successTexts } from "@redis-operator/client/contract";
import type { RedisConnection } from "@redis-operator/core/redis";
import { demote, readOwnIpAddresses } from "@redis-operator/core/replication";
import { describeCaller, textReply } from "@redis-operator/server";
import type { Handler } from "hono";
import { parseQuery, wantsJson } from "../request.ts";
import { toWireStatus } from "../wire/status.ts";
import type { RoleChangeDeps } from "./role-change.ts";

/** What {@link demoteRoute} needs. */
export interface DemoteDeps extends RoleChangeDeps {
  /** Opens a connection to another Redis with this instance's own credentials and short deadlines. */
  readonly connect: (address: { readonly host: string; readonly port: number }) => RedisConnection;
}

/** `POST /v1/demote`: makes this instance a replica of the address given, if that one is no replica itself. */
export function demoteRoute(deps: DemoteDeps): Handler {
  const { redis, roleChanges, maxWaitMs, isFenced, knownHosts, redisPort, readBackTimeoutMs, logger } = deps;
  return async (context) => {
    const { primaryIP, port, force = false } = parseQuery(context, demoteQuerySchema);
    const change = () =>
      demote(redis, {
        primary: { host: primaryIP, port },
        force,
        isFenced,
        own: { ipAddresses: readOwnIpAddresses(knownHosts), port: redisPort },
        connect: deps.connect,
        readBackTimeoutMs,
        caller: describeCaller(context),
        logger,
      });
    const { signal } = context.req.raw;
    const status = await roleChanges.run(change, { what: "a demotion", maxWaitMs, signal });
    return wantsJson(context)
      ? context.json<InstanceStatus>(toWireStatus(status, new Date()))
      : textReply(successTexts.demote, { status: 200 });
  };
}
