import { createRedisConnection, type RedisCommand } from "@redis-operator/core/redis";
import {
  createTemporaryDirectory,
  freePort,
  type KubernetesApiServer,
  type Manager,
  type RedisServer,
  type RedisServerOptions,
  startManager,
  startRedisServer,
} from "@redis-operator/testbed";
import { afterAll, beforeAll } from "vitest";

/** The variables of a manager, by name. */
export type Environment = Readonly<Record<string, string>>;

/** A manager beside a redis-server that it did not start. */
export interface AttachedInstance extends Manager {
  readonly redis: RedisServer;
}

/** A manager and the redis-server that it owns. */
export interface SupervisedInstance extends Manager {
  readonly redisPort: number;
  /** Redis' working directory. */
  readonly dir: string;
  /** The process id of the redis-server that it started last. */
  redisPid(): number;
  /** Sends Redis one command. */
  send(...command: RedisCommand): Promise<unknown>;
}

/** Starts a bundled manager that attaches to a Redis. */
export function attachTo({ port }: { readonly port: number }, env: Environment = {}): Promise<Manager> {
  return startManager({
    app: "instance-manager",
    env: { REDIS_SUPERVISE: "false", REDIS_PORT: String(port), ...env },
  });
}

/** Starts a redis-server and a bundled manager that attaches to it. */
export async function startAttached(
  options: RedisServerOptions & { readonly env?: Environment } = {},
): Promise<AttachedInstance> {
  const redis = await startRedisServer(options);
  const manager = await attachTo(redis, options.env).catch(async (error: unknown) => {
    await redis.stop();
    throw error;
  });
  return {
    ...manager,
    redis,
    async [Symbol.asyncDispose]() {
      await manager.stop();
      await redis.stop();
    },
  };
}

/** Starts a bundled manager that starts a redis-server, in a folder of its own unless DATA_DIR names another. */
export async function startSupervised(env: Environment = {}): Promise<SupervisedInstance> {
  const folder = await createTemporaryDirectory("instance");
  const dir = env["DATA_DIR"] ?? folder.path;
  const redisPort = Number(env["REDIS_PORT"] ?? (await freePort()));
  const manager = await startManager({
    app: "instance-manager",
    env: { DATA_DIR: dir, REDIS_PORT: String(redisPort), ...env },
  }).catch(async (error: unknown) => {
    await folder[Symbol.asyncDispose]();
    throw error;
  });
  return {
    ...manager,
    redisPort,
    dir,
    redisPid: () => Number(manager.log().findLast(({ msg }) => msg === "redis-server started")?.["pid"]),
    send: (...command) => sendTo({ port: redisPort }, command),
    async [Symbol.asyncDispose]() {
      await manager.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Sends one command on a connection of its own. */
export async function sendTo(
  { port, ...access }: { readonly port: number; readonly passwordFile?: string; readonly tlsDir?: string },
  command: RedisCommand,
): Promise<unknown> {
  const redis = createRedisConnection({
    host: "127.0.0.1",
    port,
    ...access,
    connectTimeoutMs: 5_000,
    commandTimeoutMs: 5_000,
  });
  try {
    return await redis.send(command);
  } finally {
    redis.close();
  }
}

/** The RedisCluster that {@link inKubernetes} names. */
export const clusterName = "cache";

/** What the kubelet and the pod's manifest tell a manager in the pod `cache-0`. */
export function inKubernetes(api: KubernetesApiServer): Environment {
  return {
    KUBERNETES_SERVICE_HOST: api.host,
    KUBERNETES_SERVICE_PORT: String(api.port),
    SERVICE_ACCOUNT_DIR: api.serviceAccountDir,
    CLUSTER_NAME: clusterName,
    POD_NAMESPACE: api.namespace,
    POD_NAME: `${clusterName}-0`,
  };
}

/** A list of addresses as the variable PEERS has it. */
export function peerList(...peers: readonly { readonly port: number }[]): string {
  return peers.map(({ port }) => `127.0.0.1:${port}`).join(",");
}

/** One resource for all tests of a block, for tests that leave it as they found it. */
export function share<Resource extends AsyncDisposable>(start: () => Promise<Resource>): () => Resource {
  let resource: Resource | undefined;
  beforeAll(async () => {
    resource = await start();
  });
  afterAll(async () => {
    await resource?.[Symbol.asyncDispose]();
  });
  return () => {
    if (resource === undefined) throw new Error("a shared resource exists only while tests run");
    return resource;
  };
}
