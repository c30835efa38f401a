import { demoteQuerySchema, type InstanceStatus, successTexts } from "@redis-operator/client/contract";
import type { Logger } from "@redis-operator/core/logger";
import type { RedisConnection } from "@redis-operator/core/redis";
import { demote, readOwnIpAddresses } from "@redis-operator/core/replication";
import { textReply } from "@redis-operator/server";
import type { Handler } from "hono";
import { parseQuery, wantsJson } from "../request.ts";
import { toWireStatus } from "../wire/status.ts";

/** What {@link demoteRoute} needs. */
export interface DemoteDeps {
  readonly redis: RedisConnection;
  /** Under which addresses this Redis is known, beside those of the host's interfaces. */
  readonly knownHosts: readonly string[];
  readonly redisPort: number;
  readonly readBackTimeoutMs: number;
  readonly logger: Logger;
}

/** `POST /v1/demote`: makes this instance a replica of the address given. */
export function demoteRoute(deps: DemoteDeps): Handler {
  const { redis, knownHosts, redisPort, readBackTimeoutMs, logger } = deps;
  return async (context) => {
    const { primaryIP, port } = parseQuery(context, demoteQuerySchema);
    const status = await demote(redis, {
      primary: { host: primaryIP, port },
      own: { ipAddresses: readOwnIpAddresses(knownHosts), port: redisPort },
      readBackTimeoutMs,
      logger,
    });
    return wantsJson(context)
      ? context.json<InstanceStatus>(toWireStatus(status, new Date()))
      : textReply(successTexts.demote, { status: 200 });
  };
}
