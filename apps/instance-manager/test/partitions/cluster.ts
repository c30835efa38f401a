import { createTemporaryDirectory, type Network, waitFor } from "@redis-operator/testbed";
import { type Agent, startAgent } from "./agent.ts";
import { type ApiServerCommand, apiServerReportSchema, type Write, writeSchema } from "./agents/messages.ts";
import { podNames } from "./ground.ts";
import { createInstance, type Instance } from "./instance.ts";
import { startKubelet, type Kubelet } from "./kubelet.ts";

/** What a cluster is started with. */
export interface ClusterOptions {
  /** Further variables of every manager. */
  readonly env?: Readonly<Record<string, string>>;
  /** `spec.redis`. */
  readonly directives?: Readonly<Record<string, string>>;
  /** Whether each pod has a kubelet that probes and restarts it. */
  readonly hasKubelets?: boolean;
}

/** The API server as the suite holds it. */
export interface ApiServer {
  readonly pid: number;
  /** Tells it something and waits until it knows; not while it is stopped. */
  tell(command: ApiServerCommand): Promise<void>;
  /** How often managers had asked whether it is there when it was told something last. */
  checks(): number;
}

/** Three instances, the first of them the primary, an API server, and what goes on around them. */
export interface Cluster extends AsyncDisposable {
  readonly network: Network;
  readonly api: ApiServer;
  readonly instances: readonly [Instance, Instance, Instance];
  readonly kubelets: readonly Kubelet[];
  /** Starts to write. `from`: a host's name; a pod's own name means an application beside its Redis. */
  startWriter(name: string, options: WriterPlace): Promise<Agent<Write>>;
  /** Writes what the operator decides into the RedisCluster. */
  declare(status: Declaration): Promise<void>;
}

/** Where a writer is and what it does. */
export interface WriterPlace {
  readonly from: string;
  readonly to: Instance;
  readonly paceMs?: number;
  readonly valueBytes?: number;
}

/** What the RedisCluster says. */
export interface Declaration {
  readonly currentPrimary: string;
  readonly fenced?: readonly string[];
}

const clusterName = "cache";

/** Starts a cluster and waits until every replica's link is up. */
export async function startCluster(network: Network, options: ClusterOptions = {}): Promise<Cluster> {
  await using started = new AsyncDisposableStack();
  const { env = {}, directives = {}, hasKubelets = true } = options;
  network.drop([]);
  const folder = started.use(await createTemporaryDirectory("partitions"));
  const apiHost = network.host("api");
  const agent = started.use(
    await startAgent({
      host: apiHost,
      program: "api-server",
      options: { host: apiHost.ip, namespace: "default" },
      finding: apiServerReportSchema,
    }),
  );
  const { port, serviceAccountDir } = await waitFor(() => agent.findings()[0], { what: "the API server" });

  async function tell(command: ApiServerCommand): Promise<void> {
    const before = agent.findings().length;
    agent.tell(command);
    await waitFor(() => agent.findings().length > before, { what: "the API server to obey" });
  }

  async function declare({ currentPrimary, fenced = [] }: Declaration): Promise<void> {
    const annotations = { "redis.io/fencedInstances": JSON.stringify(fenced) };
    await tell({
      clusters: {
        [clusterName]: {
          apiVersion: "redis.io/v1",
          kind: "RedisCluster",
          metadata: { name: clusterName, namespace: "default", annotations },
          spec: { redis: { "repl-diskless-sync-delay": "0", ...directives } },
          status: { currentPrimary },
        },
      },
    });
  }

  const hosts = podNames.map((name) => network.host(name));
  await tell({ pods: hosts.map(({ name, ip }) => ({ name, ip, cluster: clusterName })) });
  await declare({ currentPrimary: podNames[0] });

  const [first, second, third] = hosts.map((host) =>
    createInstance(host, {
      dir: folder.path,
      env: {
        CLUSTER_NAME: clusterName,
        KUBERNETES_SERVICE_HOST: apiHost.ip,
        KUBERNETES_SERVICE_PORT: String(port),
        SERVICE_ACCOUNT_DIR: serviceAccountDir,
        ...env,
      },
    }),
  );
  if (first === undefined || second === undefined || third === undefined) throw new Error("a pod is missing");
  const instances = [first, second, third] as const;
  // Whatever runs on a host ends with the cluster: a Redis that outlived its manager too.
  started.defer(async () => {
    for (const { host } of instances) for (const pid of host.processIds()) process.kill(pid, "SIGKILL");
    await waitFor(() => instances.every(({ host }) => host.processIds().length === 0), {
      what: "all to end",
    });
  });
  await Promise.all(instances.map((instance) => instance.start()));
  await Promise.all(instances.map((instance) => waitUntilServing(instance)));
  const kubelets = hasKubelets
    ? await Promise.all(instances.map(async (instance) => started.use(await startKubelet(instance))))
    : [];

  const running = started.move();
  return {
    network,
    api: { pid: agent.pid, tell, checks: () => agent.findings().at(-1)?.checks ?? 0 },
    instances,
    kubelets,
    declare,
    async startWriter(name, { from, to, paceMs = 5, valueBytes = 100 }) {
      const host = from === to.name ? "127.0.0.1" : to.host.ip;
      const writer = await startAgent({
        host: network.host(from),
        program: "writer",
        options: { name, host, paceMs, timeoutMs: 1_000, valueBytes },
        finding: writeSchema,
      });
      running.use(writer);
      return writer;
    },
    [Symbol.asyncDispose]: async () => {
      network.drop([]);
      await running.disposeAsync();
    },
  };
}

/** Waits until an instance is a primary, or a replica whose link is up. */
export async function waitUntilServing(instance: Instance): Promise<void> {
  const { name, client } = instance;
  await waitFor(
    async () => {
      const status = await client.status({ timeoutMs: 2_000 });
      return status.role === "master" || status.masterLinkStatus === "up";
    },
    { what: `${name} to serve`, timeoutMs: 60_000 },
  ).catch((cause: unknown) => {
    throw new Error(`${name} doesn't serve; its manager wrote:\n${instance.manager().output()}`, { cause });
  });
}
