import { createInstanceClient, type InstanceClient, ManagerError } from "@redis-operator/client";
import type { ClusterPort, ExecuteOptions, InstanceObservation } from "@redis-operator/client/failover";
import { createTemporaryDirectory, freePort, startKubernetesApi, waitFor } from "@redis-operator/testbed";
import { becomesReady } from "./answer.ts";
import { clusterName, inKubernetes, startSupervised, type SupervisedInstance } from "./instance.ts";

/** A data pod whose container may be killed and started again. */
export interface Pod {
  readonly name: string;
  readonly redisPort: number;
  readonly client: InstanceClient;
  /** The container that was started last. */
  instance(): SupervisedInstance;
  /** Ends redis-server and its manager by SIGKILL. */
  kill(): void;
  /** Starts them anew, as the kubelet does. */
  restart(): Promise<void>;
}

/** Three pods, the first of them the primary, and an operator's means to change that. */
export interface Cluster extends AsyncDisposable {
  readonly pods: readonly [Pod, Pod, Pod];
  readonly ports: Pick<ExecuteOptions, "instance" | "cluster">;
  currentPrimary(): Pod;
  observe(): Promise<readonly InstanceObservation[]>;
}

const host = "127.0.0.1";

/** Starts them and waits until both replicas are in sync. */
export async function startCluster(): Promise<Cluster> {
  await using started = new AsyncDisposableStack();
  const api = started.use(await startKubernetesApi());
  const state = { currentPrimary: `${clusterName}-0`, fenced: new Set<string>(), generation: 1 };

  function declare(): void {
    const annotations = { "redis.io/fencedInstances": JSON.stringify([...state.fenced]) };
    api.setRedisClusters({
      [clusterName]: {
        metadata: { annotations },
        spec: { redis: { "repl-diskless-sync-delay": "0" } },
        status: { currentPrimary: state.currentPrimary },
      },
    });
  }

  async function startPod(name: string): Promise<Pod> {
    const folder = started.use(await createTemporaryDirectory("pod"));
    const [redisPort, httpPort] = [await freePort(), await freePort()];
    const env = {
      ...inKubernetes(api),
      POD_NAME: name,
      DATA_DIR: folder.path,
      REDIS_PORT: String(redisPort),
      HTTP_PORT: String(httpPort),
    };
    let running = await startSupervised(env);
    started.defer(() => running[Symbol.asyncDispose]());
    return {
      name,
      redisPort,
      client: createInstanceClient({ host, port: httpPort }),
      instance: () => running,
      kill() {
        const pid = running.redisPid();
        running.process.kill("SIGKILL");
        process.kill(pid, "SIGKILL");
      },
      async restart() {
        await running[Symbol.asyncDispose]();
        running = await startSupervised(env);
      },
    };
  }

  declare();
  const first = await startPod(`${clusterName}-0`);
  const second = await startPod(`${clusterName}-1`);
  const third = await startPod(`${clusterName}-2`);
  const pods = [first, second, third] as const;
  await Promise.all(pods.map((pod) => becomesReady(pod.instance())));
  await waitUntilPrimary(first);
  for (const { client } of [second, third]) await client.demote({ primaryIP: host, port: first.redisPort });
  await waitUntilInSync(first, [second, third]);

  function find(name: string): Pod {
    const pod = pods.find((candidate) => candidate.name === name);
    if (pod === undefined) throw new Error(`the cluster has no pod ${name}`);
    return pod;
  }

  const cluster: ClusterPort = {
    read: async () => ({ ...state, fenced: [...state.fenced] }),
    async fence(name) {
      state.fenced.add(name);
      declare();
    },
    async unfence(name) {
      state.fenced.delete(name);
      declare();
    },
    async namePrimary(name, { previous }) {
      if (state.currentPrimary !== previous) throw new Error(`${state.currentPrimary} is named`);
      state.currentPrimary = name;
      declare();
    },
    // The pods share one machine: they differ by port.
    redisAddress: async (name) => ({ host, port: find(name).redisPort }),
  };
  const running = started.move();
  return {
    pods,
    ports: { instance: (name) => find(name).client, cluster },
    currentPrimary: () => find(state.currentPrimary),
    observe: () => Promise.all(pods.map(observe)),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function observe({ name, client }: Pod): Promise<InstanceObservation> {
  try {
    return { name, status: await client.status({ timeoutMs: 2_000 }) };
  } catch (error) {
    if (!(error instanceof ManagerError)) throw error;
    return { name, status: undefined, failure: error };
  }
}

async function waitUntilPrimary({ name, client }: Pod): Promise<void> {
  await waitFor(async () => (await client.status()).role === "master", { what: `${name} to be the primary` });
}

/** Waits until the replicas have all that their primary has. */
export async function waitUntilInSync(primary: Pod, replicas: readonly Pod[]): Promise<void> {
  await waitFor(
    async () => {
      const { replicationOffset } = await primary.client.status();
      const statuses = await Promise.all(replicas.map(({ client }) => client.status()));
      return statuses.every(
        (status) =>
          status.role === "slave" &&
          status.masterLinkStatus === "up" &&
          status.primary?.port === primary.redisPort &&
          status.replicationOffset >= replicationOffset,
      );
    },
    { what: `the replicas of ${primary.name} to be in sync` },
  );
}
