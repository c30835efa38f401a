import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInstanceClient, createSentinelClient } from "@redis-operator/client";
import { freePort, type Manager, startManager, waitFor } from "@redis-operator/testbed";

/** One pod's worth: a Redis (or Sentinel), its manager, and a client for that manager. */
export interface Pod<Client> {
  readonly name: string;
  readonly redisPort: number;
  readonly manager: Manager;
  readonly client: Client;
}

/** A data pod. */
export type Instance = Pod<ReturnType<typeof createInstanceClient>>;
/** A sentinel pod. */
export type Sentinel = Pod<ReturnType<typeof createSentinelClient>>;

/** The name under which the sentinels know the primary. */
export const primaryName = "local";

/** All processes share one machine, so pods differ by port where in a cluster they differ by address. */
export const host = "127.0.0.1";

const clusterName = "local";
const namespace = "default";

/** The S3 credentials as a pod finds them: one file each. */
export async function writeCredentials(
  dir: string,
  { accessKeyId, secretAccessKey }: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "AWS_ACCESS_KEY_ID"), accessKeyId, { mode: 0o600 });
  await writeFile(join(dir, "AWS_SECRET_ACCESS_KEY"), secretAccessKey, { mode: 0o600 });
}

/** Where a topology lives. */
export interface Ground {
  readonly dir: string;
  readonly credentialsDir: string;
  /** Takes what was started at once, so that a start that fails half-way leaves nothing behind. */
  readonly started: AsyncDisposableStack;
}

/** Starts the instances side by side, each a primary of its own, each knowing the others as its peers. */
export async function startInstances(count: number, ground: Ground): Promise<Instance[]> {
  const { dir, credentialsDir, started } = ground;
  const places = await Promise.all(
    Array.from({ length: count }, async (_, index) => ({
      name: `${clusterName}-${index}`,
      redisPort: await freePort(),
      httpPort: await freePort(),
    })),
  );
  const configFile = join(dir, "user-redis.conf");
  // In place of the five seconds in which a primary waits for further replicas to share a sync.
  await writeFile(configFile, "repl-diskless-sync-delay 0\n");
  return Promise.all(
    places.map(async ({ name, redisPort, httpPort }) => {
      const manager = await startManager({
        app: "instance-manager",
        env: {
          ...identity(name),
          HTTP_PORT: String(httpPort),
          REDIS_PORT: String(redisPort),
          REDIS_CONFIG_FILE: configFile,
          DATA_DIR: await createDir(join(dir, name)),
          BACKUP_CREDENTIALS_DIR: credentialsDir,
          PEERS: places
            .filter((place) => place.httpPort !== httpPort)
            .map((place) => `${host}:${place.httpPort}`)
            .join(","),
        },
      });
      started.use(manager);
      const client = createInstanceClient({ host, port: httpPort });
      // A manager answers before its Redis does.
      await waitFor(async () => (await client.readyz()).ok, { what: `${name} to be ready` });
      return { name, redisPort, manager, client };
    }),
  );
}

/** Starts the sentinels, all watching one primary. */
export async function startSentinels(
  count: number,
  { dir, started, primary }: Ground & { readonly primary: Instance },
): Promise<Sentinel[]> {
  const configFile = join(dir, "sentinel-seed.conf");
  await writeFile(
    configFile,
    [
      `sentinel monitor ${primaryName} ${host} ${primary.redisPort} ${quorumOf(count)}`,
      `sentinel down-after-milliseconds ${primaryName} 5000`,
      "",
    ].join("\n"),
  );
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `${clusterName}-sentinel-${index}`;
      const redisPort = await freePort();
      const manager = await startManager({
        app: "sentinel-manager",
        env: {
          ...identity(name),
          REDIS_PORT: String(redisPort),
          REDIS_CONFIG_FILE: configFile,
          DATA_DIR: await createDir(join(dir, name)),
        },
      });
      started.use(manager);
      return { name, redisPort, manager, client: createSentinelClient({ host, port: manager.port }) };
    }),
  );
}

/** How many sentinels have to agree that the primary is down: a majority. */
export function quorumOf(sentinelCount: number): number {
  return Math.floor(sentinelCount / 2) + 1;
}

function identity(podName: string) {
  return {
    CLUSTER_NAME: clusterName,
    POD_NAME: podName,
    POD_NAMESPACE: namespace,
    POD_IP: host,
    HTTP_HOST: host,
    LOG_LEVEL: "info",
  };
}

async function createDir(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return path;
}
