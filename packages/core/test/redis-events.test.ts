import { type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";
import { describe, expect, it } from "vitest";
import { InstanceError } from "../src/errors.ts";
import { createRedisEvents } from "../src/events/redis-events.ts";
import { createRedisConnection, type RedisCommand } from "../src/redis/connection.ts";
import { createRecordingLogger } from "./recording-logger.ts";

const refusal = new InstanceError("REDIS_COMMAND_FAILED", "INFO failed: ERR syntax error");

/** Looks at a Redis. @param options.isOld - Several sections are refused, as Redis 6.2 does. */
function lookAt({ host, port }: RedisServer, { isOld }: { readonly isOld: boolean }) {
  const connection = createRedisConnection({ host, port, connectTimeoutMs: 5_000, commandTimeoutMs: 5_000 });
  const exchanges: { readonly command: RedisCommand; readonly reply: string }[] = [];
  const { logger, lines } = createRecordingLogger();
  const events = createRedisEvents({
    redis: {
      ...connection,
      async send(command) {
        const isRefused = isOld && command.length > 2;
        const reply = isRefused ? "refused" : await connection.send(command);
        exchanges.push({ command, reply: String(reply) });
        if (isRefused) throw refusal;
        return reply;
      },
    },
    own: { ipAddresses: ["10.0.0.1"], port },
    readSnapshotSizeBytes: () => Promise.resolve(undefined),
    observer: { roleChanged: () => undefined, redisRestarted: () => undefined },
    logger,
    now: () => performance.now(),
  });
  return {
    readStatus: () => events.readStatus(),
    exchanges,
    messages: () => lines.map(({ message }) => message),
    [Symbol.dispose]: () => connection.close(),
  };
}

describe("createRedisEvents", () => {
  it.each([
    ["Redis 7.0", false],
    ["an older Redis", true],
  ])("notices a role that anybody changed, a save and a new run of %s", async (_server, isOld) => {
    await using stack = new AsyncDisposableStack();
    const first = stack.use(await startRedisServer());
    using seen = lookAt(first, { isOld });
    await seen.readStatus();
    await first.client.call("SAVE");
    await first.client.call("REPLICAOF", "10.0.0.9", "6379");
    expect(await seen.readStatus()).toMatchObject({ role: "replica" });
    await first.stop();
    stack.use(await startRedisServer({ port: first.port }));
    await waitFor(() => seen.readStatus(), { what: "the new run to be seen" });
    expect(seen.messages()).toEqual(
      expect.arrayContaining(["role changed", "snapshot saved", "Redis was started anew"]),
    );
  });

  it("asks for none of the sections that clients can fill", async () => {
    await using redis = await startRedisServer();
    using seen = lookAt(redis, { isOld: false });
    await redis.client.eval("return redis.error_reply('MADEUP an error')", 0).catch(() => undefined);
    await seen.readStatus();
    expect(await redis.client.info()).toContain("errorstat_MADEUP");
    expect(seen.exchanges.map(({ reply }) => reply)).toEqual([expect.not.stringContaining("errorstat_")]);
  });

  it("asks an older Redis for several sections once, and then for what it has by default", async () => {
    await using redis = await startRedisServer();
    using seen = lookAt(redis, { isOld: true });
    await seen.readStatus();
    await seen.readStatus();
    expect(seen.exchanges.map(({ command }) => command.length)).toEqual([4, 1, 1]);
  });
});
