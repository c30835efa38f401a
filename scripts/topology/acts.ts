import type { BackupResult } from "@redis-operator/client";
import { waitFor } from "@redis-operator/testbed";
import { Redis } from "ioredis";
import { host, type Instance, primaryName, quorumOf, type Sentinel } from "./cluster.ts";

/** Where backups go. */
export interface Store {
  readonly endpoint: string;
  readonly bucket: string;
}

const keyCount = 1_000;

/** Makes every replica follow the primary and waits until each has finished its sync. */
export async function follow(primary: Instance, replicas: readonly Instance[]): Promise<void> {
  for (const replica of replicas) {
    await replica.client.demote({ primaryIP: host, port: primary.redisPort });
  }
  for (const replica of replicas) {
    await waitFor(
      async () => {
        const status = await replica.client.status();
        // Up means synced; a primary calls a replica online as soon as it has sent everything.
        return status.role === "slave" && status.masterLinkStatus === "up";
      },
      { what: `${replica.name} to finish its sync with ${primary.name}` },
    );
  }
}

/**
 * Promotes a replica that has all that its primary has, as a planned switchover does: the preconditions make the manager
 * refuse should that not be so.
 */
export async function switchOver(replica: Instance, primary: Instance): Promise<void> {
  const { replicationOffset: minOffset, replicationId } = await primary.client.status();
  if (replicationId === undefined) throw new Error(`${primary.name} tells no replication id`);
  await waitFor(async () => (await replica.client.status()).replicationOffset >= minOffset, {
    what: `${replica.name} to reach offset ${minOffset}`,
  });
  await replica.client.promote({ minOffset, replicationId });
}

/** Writes keys and returns how many. */
export async function writeKeys(primary: Instance): Promise<number> {
  using redis = connect(primary.redisPort);
  const entries = Array.from({ length: keyCount }, (_, index) => [`tour:${index}`, `value ${index}`]);
  await redis.client.mset(...entries.flat());
  return keyCount;
}

/** How many keys an instance holds. */
export async function countKeys(instance: Instance): Promise<number> {
  using redis = connect(instance.redisPort);
  return await redis.client.dbsize();
}

/** Takes a backup through the SDK. */
export async function backUp(
  instance: Instance,
  { method, store }: { readonly method: "rdb" | "aof"; readonly store: Store },
): Promise<BackupResult> {
  return instance.client.backup({ backupName: `tour-${method}`, method, destination: { s3: store } });
}

/** Makes the sentinels forget the primary, so that they take no part in the failover that follows. */
export async function forgetPrimary(sentinels: readonly Sentinel[]): Promise<void> {
  for (const { redisPort } of sentinels) {
    using redis = connect(redisPort);
    await redis.client.call("SENTINEL", "REMOVE", primaryName);
  }
}

/** Points the sentinels at a primary, as an operator does after a failover of its own. */
export async function monitorPrimary(sentinels: readonly Sentinel[], primary: Instance): Promise<void> {
  const quorum = String(quorumOf(sentinels.length));
  for (const { redisPort } of sentinels) {
    using redis = connect(redisPort);
    await redis.client.call("SENTINEL", "MONITOR", primaryName, host, String(primary.redisPort), quorum);
  }
}

/** Writes to whatever the sentinels name as the primary, and returns the port that took the write. */
export async function writeThroughSentinels(sentinels: readonly Sentinel[]): Promise<number> {
  const redis = new Redis({
    name: primaryName,
    sentinels: sentinels.map(({ redisPort }) => ({ host, port: redisPort })),
  });
  try {
    await redis.set("tour:through-sentinels", "yes");
    const info = await redis.info("server");
    return Number(/^tcp_port:(\d+)/m.exec(info)?.[1]);
  } finally {
    redis.disconnect();
  }
}

/** @throws Error that names the first pod whose probe doesn't say ok, and why. */
export async function requireProbes(pods: readonly (Instance | Sentinel)[]): Promise<void> {
  for (const { name, client } of pods) {
    for (const probe of [await client.healthz(), await client.readyz()]) {
      if (!probe.ok) throw new Error(`${name}: ${probe.reason}`);
    }
  }
}

function connect(port: number) {
  const client = new Redis({ host, port });
  return {
    client,
    [Symbol.dispose]() {
      client.disconnect();
    },
  };
}
