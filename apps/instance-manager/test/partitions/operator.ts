import { ManagerRefusedError } from "@redis-operator/client";
import { createRedisConnection, type RedisCommand } from "@redis-operator/core/redis";
import { type NetworkHost, waitFor } from "@redis-operator/testbed";
import type { Cluster } from "./cluster.ts";
import { waitUntilServing } from "./cluster.ts";
import type { Instance } from "./instance.ts";

const redisPort = 6379;

/** Whom a failover is about. */
export interface Failover {
  readonly from: Instance;
  readonly to: Instance;
}

/** What an operator does once a primary is lost: names and promotes another, fences the old one, points the rest at the new one. */
export async function failOver(cluster: Cluster, { from, to }: Failover): Promise<void> {
  await cluster.declare({ currentPrimary: to.name, fenced: [from.name] });
  await to.client.promote();
  for (const other of cluster.instances) {
    if (other !== from && other !== to) await other.client.demote({ primaryIP: to.host.ip, port: redisPort });
  }
}

/** Waits until an instance says that it is fenced. @returns Whether it did in time. */
export async function waitUntilFenced({ name, client }: Instance): Promise<boolean> {
  return waitFor(
    () =>
      client.status().then(
        () => false,
        (error: unknown) => error instanceof ManagerRefusedError && String(error.code) === "INSTANCE_FENCED",
      ),
    { what: `${name} to be fenced` },
  ).catch(() => false);
}

/** Takes an instance back after a failover: lifts its fence, and waits until it follows the new primary. */
export async function takeBack(cluster: Cluster, { from, to }: Failover): Promise<void> {
  await cluster.declare({ currentPrimary: to.name });
  await waitFor(async () => (await from.client.status()).role === "slave", {
    what: `${from.name} to follow ${to.name}`,
  });
  await waitUntilServing(from);
}

/** How many of these keys an instance doesn't hold. */
export async function countMissing({ host }: Instance, keys: readonly string[]): Promise<number> {
  const redis = connect(host);
  try {
    let missing = 0;
    const batchSize = 1_000;
    for (let start = 0; start < keys.length; start += batchSize) {
      const batch = keys.slice(start, start + batchSize);
      missing += batch.length - Number(await redis.send(["EXISTS", ...batch]));
    }
    return missing;
  } finally {
    redis.close();
  }
}

/** Sends an instance's Redis one command. */
export async function askRedis({ host }: Instance, command: RedisCommand): Promise<unknown> {
  const redis = connect(host);
  try {
    return await redis.send(command);
  } finally {
    redis.close();
  }
}

function connect({ ip }: NetworkHost) {
  return createRedisConnection({
    host: ip,
    port: redisPort,
    connectTimeoutMs: 5_000,
    commandTimeoutMs: 20_000,
  });
}

/** Waits until the replicas of a primary have all that it had just before. */
export async function waitUntilCaughtUp(primary: Instance, replicas: readonly Instance[]): Promise<void> {
  await waitFor(
    async () => {
      const { replicationOffset } = await primary.client.status();
      const statuses = await Promise.all(replicas.map(({ client }) => client.status()));
      return statuses.every(
        (status) => status.role === "slave" && status.replicationOffset >= replicationOffset,
      );
    },
    { what: `the replicas of ${primary.name} to catch up` },
  );
}
