import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInstanceClient, type InstanceClient } from "@redis-operator/client";
import { listChildren, type Network, readProcessState } from "@redis-operator/testbed";
import { type Cluster, createCluster } from "../test/topology/cluster.ts";
import { type Pod, startPod } from "../test/topology/pod.ts";
import { type Agent, startAgent } from "./agent.ts";
import { type ApiServerMode, apiServerPlace, type StoreMode, storeReply } from "./agents/messages.ts";
import { instanceHost, ordinals, sentinelHost } from "./ground.ts";
import type { Journal } from "./journal.ts";
import { type Kubelet, startKubelet } from "./kubelet.ts";

/** A pod that is kept running. */
export interface Member {
  readonly name: string;
  readonly ordinal: number;
  readonly kubelet: Kubelet;
}

/** An instance, whose manager can be asked. */
export interface Instance extends Member {
  /** Of where its pod is now. */
  client(): InstanceClient;
}

/** Everything that runs. */
export interface Topology extends AsyncDisposable {
  readonly network: Network;
  readonly cluster: Cluster;
  readonly instances: readonly Instance[];
  readonly sentinels: readonly Member[];
  readonly api: Agent;
  readonly store: Agent;
  readonly bucket: string;
  readonly storeEndpoint: string;
  /** Makes a pod at another address in its place. */
  remake(instance: Instance): Promise<void>;
  /** Starts its container on an empty volume. */
  emptyVolume(instance: Instance): Promise<void>;
  setStoreMode(mode: StoreMode): Promise<void>;
  setApiMode(mode: ApiServerMode): Promise<void>;
  /** Everything that the containers have written, by pod; of pods that were replaced too. */
  output(): ReadonlyMap<string, string>;
  /** Stops Redis where it stands, kills it or its manager. */
  signal(
    instance: Member,
    target: { readonly program: "redis" | "manager"; readonly signal: NodeJS.Signals },
  ): void;
}

const bucket = "backups";
const clientTimeoutMs = 5_000;

/** Starts the pods of the chart, the API server and the store that they ask, in `dir`. */
export async function startTopology({
  network,
  dir,
  journal,
}: {
  readonly network: Network;
  readonly dir: string;
  readonly journal: Journal;
}): Promise<Topology> {
  await using started = new AsyncDisposableStack();
  const apiHost = network.host("api");
  const api = started.use(
    await startAgent({
      host: apiHost,
      program: "api-server",
      options: { host: apiHost.ip, namespace: "redis" },
    }),
  );
  const { port, serviceAccountDir } = await api.ask({}, apiServerPlace);
  const storeHost = network.host("store");
  const store = started.use(
    await startAgent({ host: storeHost, program: "store", options: { host: storeHost.ip, bucket } }),
  );
  const { endpoint } = await store.ask({}, storeReply);

  const cluster = await createCluster(dir, {
    kubernetes: { host: apiHost.ip, port, serviceAccountDir },
  });
  await api.ask({ clusters: { redis: cluster.redisCluster } }, apiServerPlace);
  await writeCredentials(dir);

  const pods: Pod[] = [];
  function keep(pod: Pod): Pod {
    pods.push(pod);
    return pod;
  }

  const lives = new Map<number, number>();
  const placed = new Map<string, string>();
  async function makeInstance(ordinal: number): Promise<Pod> {
    const life = lives.get(ordinal) ?? 0;
    lives.set(ordinal, life + 1);
    const host = network.host(instanceHost(ordinal, life));
    placed.set(`redis-${ordinal}`, host.ip);
    const listed = Array.from(placed, ([name, ip]) => ({ name, ip, cluster: "redis" }));
    await api.ask({ pods: listed }, apiServerPlace);
    return keep(await startPod(cluster, cluster.instances, { ordinal, host, app: "instance-manager" }));
  }
  async function makeSentinel(ordinal: number): Promise<Pod> {
    const host = network.host(sentinelHost(ordinal));
    return keep(await startPod(cluster, cluster.sentinels, { ordinal, host, app: "sentinel-manager" }));
  }

  const sentinels = ordinals.map(async (ordinal) => {
    const kubelet = startKubelet(await makeSentinel(ordinal), { set: cluster.sentinels, journal });
    return { name: kubelet.pod().name, ordinal, kubelet };
  });
  const instances = ordinals.map(async (ordinal) => {
    const kubelet = startKubelet(await makeInstance(ordinal), { set: cluster.instances, journal });
    const { name } = kubelet.pod();
    const client = () =>
      createInstanceClient({
        host: kubelet.pod().host.ip,
        port: 8080,
        timeoutMs: clientTimeoutMs,
        retries: 0,
      });
    return { name, ordinal, kubelet, client };
  });
  const members = { instances: await Promise.all(instances), sentinels: await Promise.all(sentinels) };
  started.defer(async () => {
    const all = [...members.instances, ...members.sentinels];
    for (const { kubelet } of all) kubelet.stop();
    await Promise.all(all.map(({ kubelet }) => kubelet.pod().kill()));
  });

  const running = started.move();
  return {
    network,
    cluster,
    ...members,
    api,
    store,
    bucket,
    storeEndpoint: endpoint,
    remake: ({ ordinal, kubelet }) => kubelet.replace(() => makeInstance(ordinal)),
    async emptyVolume({ name, kubelet }) {
      await kubelet.replace(async () => {
        const folder = await cluster.volumeDir(name, { name: "data" });
        for (const entry of await readdir(folder)) await rm(join(folder, entry), { recursive: true });
        const pod = kubelet.pod();
        await pod.restart();
        return pod;
      });
    },
    async setStoreMode(mode) {
      await store.ask({ mode }, storeReply);
    },
    async setApiMode(mode) {
      await api.ask({ mode }, apiServerPlace);
    },
    output() {
      const texts = new Map<string, string>();
      for (const pod of pods) texts.set(pod.name, (texts.get(pod.name) ?? "") + pod.output());
      return texts;
    },
    signal({ kubelet, name }, { program, signal }) {
      const pid = findProcess(kubelet.pod(), program);
      if (pid === undefined) throw new Error(`${name} has no ${program} now`);
      process.kill(pid, signal);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** The manager of a pod, or its Redis, as this machine numbers processes. */
export function findProcess(pod: Pod, program: "redis" | "manager"): number | undefined {
  const manager = listChildren(pod.containerPid() ?? 0)[0];
  if (program === "manager" || manager === undefined) return manager;
  return listChildren(manager).find((pid) => readProcessState(pid)?.name.startsWith("redis-se"));
}

async function writeCredentials(dir: string): Promise<void> {
  // What the secret of the chart would hold; the store takes any.
  const folder = join(dir, "secret-redis-backup-credentials");
  await mkdir(folder);
  for (const name of ["accessKeyId", "secretAccessKey"])
    await writeFile(join(folder, name), "soak-credentials");
}
