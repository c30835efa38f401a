import { type RedisServer, startRedisServer, waitFor } from "@redis-operator/testbed";

const keys = 300_000;

/** A primary with replicas, as an application leaves them: keys, many commands used, errors, clients, a snapshot and an AOF. */
export async function startUsedRedis(started: AsyncDisposableStack): Promise<RedisServer> {
  const primary = started.use(
    await startRedisServer({ directives: { appendonly: "yes", "enable-debug-command": "yes" } }),
  );
  const { client } = primary;
  await client.call("DEBUG", "POPULATE", keys);
  for (const db of [1, 2, 3]) {
    await client.select(db);
    await client.set("permanent", "value");
    await client.set("short-lived", "value", "EX", 86_400);
  }
  await client.select(0);
  for (const [command, ...args] of commands) {
    // Some fail, which is what errors are counted of.
    await client.call(command, ...args).catch(() => undefined);
  }
  await client.bgsave();
  await waitFor(async () => (await client.info("persistence")).includes("rdb_bgsave_in_progress:0"), {
    what: "the snapshot",
  });
  for (let count = 0; count < 2; count += 1) {
    started.use(await startRedisServer({ directives: { replicaof: `127.0.0.1 ${primary.port}` } }));
  }
  await waitFor(async () => (await client.info("replication")).match(/state=online/g)?.length === 2, {
    what: "both replicas",
  });
  return primary;
}

const commands: readonly (readonly [string, ...string[]])[] = [
  ["MSET", "a", "1", "b", "2"],
  ["MGET", "a", "b", "missing"],
  ["GET", "a"],
  ["GET", "missing"],
  ["INCR", "a"],
  ["DECRBY", "a", "2"],
  ["APPEND", "b", "text"],
  ["STRLEN", "b"],
  ["GETRANGE", "b", "0", "1"],
  ["EXPIRE", "b", "3600"],
  ["TTL", "b"],
  ["EXISTS", "a", "b"],
  ["TYPE", "a"],
  ["HSET", "hash", "field", "value"],
  ["HGET", "hash", "field"],
  ["HGETALL", "hash"],
  ["HINCRBY", "hash", "count", "1"],
  ["LPUSH", "list", "1", "2"],
  ["RPOP", "list"],
  ["LRANGE", "list", "0", "-1"],
  ["LLEN", "list"],
  ["SADD", "set", "1", "2"],
  ["SMEMBERS", "set"],
  ["SISMEMBER", "set", "1"],
  ["ZADD", "sorted", "1", "one"],
  ["ZRANGE", "sorted", "0", "-1"],
  ["ZRANGEBYSCORE", "sorted", "0", "9"],
  ["ZINCRBY", "sorted", "2", "one"],
  ["XADD", "stream", "*", "field", "value"],
  ["XLEN", "stream"],
  ["XRANGE", "stream", "-", "+"],
  ["PFADD", "visitors", "a"],
  ["PFCOUNT", "visitors"],
  ["SCAN", "0"],
  ["PUBLISH", "channel", "message"],
  ["EVAL", "return 1", "0"],
  ["DEL", "list"],
  ["UNLINK", "set"],
  ["LPUSH", "a", "wrong type"],
  ["NO-SUCH-COMMAND"],
];
