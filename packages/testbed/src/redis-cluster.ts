import { type KubernetesApiServer, startKubernetesApi } from "./kubernetes-api.ts";
import { freePort } from "./free-port.ts";
import { type Manager, startManager } from "./manager.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";

/** A data pod on this machine, whose container may be killed and started again. */
export interface ClusterPod {
  readonly name: string;
  readonly host: string;
  /** Of its manager. */
  readonly port: number;
  readonly redisPort: number;
  /** Ends redis-server and its manager by SIGKILL, as a node that loses its power. */
  kill(): Promise<void>;
  /** Stops the manager where it stands, or lets it go on; its Redis goes on by itself. */
  freeze(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Starts them anew, as the kubelet does. */
  restart(): Promise<void>;
  /** What all of its managers have logged. */
  output(): string;
}

/** A RedisCluster on this machine: an API server and pods, and nobody who operates them. */
export interface RedisClusterOnHost extends AsyncDisposable {
  readonly name: string;
  readonly api: KubernetesApiServer;
  readonly pods: readonly ClusterPod[];
  /** Changes annotations of the RedisCluster, as a person does; `null` removes one. */
  annotate(annotations: Readonly<Record<string, string | null>>): void;
}

/** What {@link startRedisCluster} is to make. */
export interface RedisClusterOptions {
  readonly size: number;
  /** Further variables of every manager. */
  readonly env?: Readonly<Record<string, string>>;
  /** `spec.redis`. */
  readonly directives?: Readonly<Record<string, string>>;
}

const host = "127.0.0.1";
const name = "cache";

/**
 * Starts the pods of a new cluster: nobody is named as its primary.
 *
 * They share one machine, so that they differ by port where in a cluster they differ by address. A manager takes the port to be the same
 * everywhere: so pods are listed without an address, and whoever operates them has to be told where they are.
 */
export async function startRedisCluster({
  size,
  env = {},
  directives = {},
}: RedisClusterOptions): Promise<RedisClusterOnHost> {
  await using started = new AsyncDisposableStack();
  const api = started.use(await startKubernetesApi());
  const podNames = Array.from({ length: size }, (_, index) => `${name}-${index}`);
  api.setPods(podNames.map((podName) => ({ name: podName, cluster: name })));
  api.setRedisClusters({ [name]: { spec: { redis: { "repl-diskless-sync-delay": "0", ...directives } } } });

  async function startPod(podName: string): Promise<ClusterPod> {
    const folder = started.use(await createTemporaryDirectory("pod"));
    const [port, redisPort] = [await freePort(), await freePort()];
    const podEnv = {
      CLUSTER_NAME: name,
      POD_NAME: podName,
      POD_NAMESPACE: api.namespace,
      KUBERNETES_SERVICE_HOST: api.host,
      KUBERNETES_SERVICE_PORT: String(api.port),
      SERVICE_ACCOUNT_DIR: api.serviceAccountDir,
      DATA_DIR: folder.path,
      HTTP_PORT: String(port),
      REDIS_PORT: String(redisPort),
      ...env,
    };
    const runs: Manager[] = [];
    const run = async () => void runs.push(await startManager({ app: "instance-manager", env: podEnv }));
    await run();
    started.defer(async () => runs.at(-1)?.stop());
    return {
      name: podName,
      host,
      port,
      redisPort,
      async kill() {
        const manager = runs.at(-1);
        const redis = manager?.log().findLast(({ msg }) => msg === "redis-server started")?.["pid"];
        manager?.process.kill("SIGKILL");
        if (typeof redis === "number") process.kill(redis, "SIGKILL");
        await manager?.process.exited;
      },
      freeze: (signal) => runs.at(-1)?.process.kill(signal),
      restart: run,
      output: () => runs.map((manager) => manager.process.output()).join(""),
    };
  }

  const pods = await Promise.all(podNames.map(startPod));
  const running = started.move();
  return {
    name,
    api,
    pods,
    annotate: (annotations) => api.patchRedisCluster(name, { metadata: { annotations } }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
