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

/** Makes every replica follow the primary and waits until each is in step with it. */
export async function follow(primary: Instance, replicas: readonly Instance[]): Promise<void> {
  for (const replica of replicas) {
    await replica.client.demote({ primaryIP: host, port: primary.redisPort });
  }
  await waitFor(
    async () => {
      const status = await primary.client.status();
      if (status.role !== "master") return false;
      const inStep = (status.replicas ?? []).filter(
        ({ state, lagBytes }) => state === "online" && lagBytes === 0,
      );
      return inStep.length === replicas.length;
    },
    { what: `${replicas.length} replicas in step with ${primary.name}` },
  );
}

/** Writes keys and returns how many. */
export async function writeKeys(primary: Instance): Promise<number> {
  await using redis = connect(primary.redisPort);
  const entries = Array.from({ length: keyCount }, (_, index) => [`tour:${index}`, `value ${index}`]);
  await redis.client.mset(...entries.flat());
  return keyCount;
}

/** How many keys an instance holds. */
export async function countKeys(instance: Instance): Promise<number> {
  await using redis = connect(instance.redisPort);
  return redis.client.dbsize();
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
    await using redis = connect(redisPort);
    await redis.client.call("SENTINEL", "REMOVE", primaryName);
  }
}

/** Points the sentinels at a primary, as an operator does after a failover of its own. */
export async function monitorPrimary(sentinels: readonly Sentinel[], primary: Instance): Promise<void> {
  const quorum = String(quorumOf(sentinels.length));
  for (const { redisPort } of sentinels) {
    await using redis = connect(redisPort);
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
    async [Symbol.asyncDispose]() {
      await client.quit();
    },
  };
}
