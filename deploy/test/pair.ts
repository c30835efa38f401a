import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createRedisConnection } from "@redis-operator/core/redis";
import {
  createTemporaryDirectory,
  freePort,
  startKubernetesApi,
  startManager,
  startObjectStore,
  waitFor,
} from "@redis-operator/testbed";
import type { Target } from "./prometheus.ts";

const bucket = "backups";

/** What {@link startPair} is told. */
export interface PairOptions {
  /** Takes what is started. */
  readonly started: AsyncDisposableStack;
  readonly cluster: string;
  readonly namespace: string;
}

/** One of the two, as Prometheus finds it, and its Redis. */
export interface PairTarget extends Target {
  readonly redisPort: number;
}

/** A primary and its replica, and the store that their backups go to. */
export interface Pair {
  /** The primary first. */
  readonly targets: readonly PairTarget[];
  readonly bucket: string;
  readonly endpoint: string;
}

/** Starts a primary and a replica under their managers, with some history: commands, an error, a snapshot, a rewrite, backups. */
export async function startPair(options: PairOptions): Promise<Pair> {
  const { started, cluster, namespace } = options;
  const [api, store, folder] = [
    started.use(await startKubernetesApi({ namespace })),
    started.use(await startObjectStore({ buckets: [bucket] })),
    started.use(await createTemporaryDirectory("monitored")),
  ];
  await writeFile(join(folder.path, "AWS_ACCESS_KEY_ID"), store.credentials.accessKeyId);
  await writeFile(join(folder.path, "AWS_SECRET_ACCESS_KEY"), store.credentials.secretAccessKey);
  // No pods: on one machine two can't have the same port. PEERS and REDIS_PRIMARY say what pods would.
  const spec = { redis: { appendonly: "yes", maxmemory: "1gb", "repl-diskless-sync-delay": "0" } };
  api.setRedisClusters({ [cluster]: { spec } });

  const places = await Promise.all(
    [0, 1].map(async (index) => ({
      pod: `${cluster}-${index}`,
      httpPort: await freePort(),
      redisPort: await freePort(),
      data: started.use(await createTemporaryDirectory("monitored-data")),
    })),
  );
  const targets: PairTarget[] = [];
  for (const { pod, httpPort, redisPort, data } of places) {
    const manager = await startManager({
      app: "instance-manager",
      env: {
        CLUSTER_NAME: cluster,
        POD_NAMESPACE: namespace,
        POD_NAME: pod,
        POD_IP: "127.0.0.1",
        KUBERNETES_SERVICE_HOST: api.host,
        KUBERNETES_SERVICE_PORT: String(api.port),
        SERVICE_ACCOUNT_DIR: api.serviceAccountDir,
        HTTP_PORT: String(httpPort),
        REDIS_PORT: String(redisPort),
        REDIS_PRIMARY: `127.0.0.1:${places[0]?.redisPort}`,
        PEERS: places
          .filter((place) => place.pod !== pod)
          .map((place) => `127.0.0.1:${place.httpPort}`)
          .join(","),
        DATA_DIR: data.path,
        BACKUP_CREDENTIALS_DIR: folder.path,
      },
    });
    started.use(manager);
    targets.push({ manager, namespace, cluster, pod, redisPort });
  }
  for (const { manager } of targets) {
    await waitFor(async () => isInRole(`${manager.url}/v1/status`), { what: `${manager.url} in its role` });
  }
  await makeHistory(places[0]?.redisPort ?? 0);
  for (const method of ["rdb", "aof"]) {
    const destination = { s3: { bucket, endpoint: store.endpoint } };
    const response = await fetch(`${targets[0]?.manager.url}/v1/backup`, {
      method: "POST",
      body: JSON.stringify({ backupName: method, method, destination }),
    });
    if (!response.ok) throw new Error(`backup failed: ${await response.text()}`);
  }
  return { targets, bucket, endpoint: store.endpoint };
}

async function isInRole(url: string): Promise<boolean> {
  const response = await fetch(url);
  const status: { role?: string; masterLinkStatus?: string } = JSON.parse(await response.text());
  return status.role === "master" || status.masterLinkStatus === "up";
}

async function makeHistory(port: number): Promise<void> {
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    connectTimeoutMs: 5_000,
    commandTimeoutMs: 5_000,
  });
  try {
    await redis.send(["SET", "text", "value"]);
    await redis.send(["SET", "short-lived", "value", "EX", "3600"]);
    await redis.send(["GET", "text"]);
    await redis.send(["GET", "nothing"]);
    await redis.send(["LPUSH", "text", "wrong type"]).catch(() => undefined);
  } finally {
    redis.close();
  }
}
