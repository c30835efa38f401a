import { type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";
import { createRedisConnection } from "../src/redis/connection.ts";
import { demote, type DemoteOptions } from "../src/replication/demote.ts";
import type { RedisAddress } from "../src/replication/own-address.ts";
import { promote, type PromoteOptions, type PromotePreconditions } from "../src/replication/promote.ts";
import { createRecordingLogger } from "./recording-logger.ts";

/** Who asks, in these tests. */
export const caller = { remoteAddress: "10.0.0.99" };

const timeouts = { connectTimeoutMs: 1_000, commandTimeoutMs: 1_000 };

/** The changes of one Redis' role, with what they log. */
export function attach(
  server: Pick<RedisServer, "host" | "port">,
  redis = createRedisConnection({ ...server, ...timeouts }),
) {
  const { lines, logger } = createRecordingLogger();
  const options = {
    force: false,
    isFenced: () => false,
    own: { ipAddresses: ["10.0.0.7"], port: server.port },
    connect: (address: RedisAddress) => createRedisConnection({ ...address, ...timeouts }),
    readBackTimeoutMs: 1_000,
    caller,
    logger,
  };
  return {
    redis,
    log: lines,
    promote: (preconditions: PromotePreconditions = {}, more: Partial<PromoteOptions> = {}) =>
      promote(redis, { ...options, preconditions, ...more }),
    demote: (primary: RedisAddress, more: Partial<DemoteOptions> = {}) =>
      demote(redis, { ...options, primary, ...more }),
    [Symbol.dispose]: () => redis.close(),
  };
}

/** A primary and its replica, in sync: both hold `key`. */
export async function startPair() {
  const primary = await startRedisServer();
  const replica = await startRedisServer({ directives: { replicaof: ["127.0.0.1", String(primary.port)] } });
  await primary.client.set("key", "value");
  await waitFor(async () => (await replica.client.get("key")) === "value", {
    what: "the key on the replica",
  });
  return {
    primary,
    replica,
    async [Symbol.asyncDispose]() {
      await Promise.all([replica.stop(), primary.stop()]);
    },
  };
}
