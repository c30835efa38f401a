import { createInstanceClient, type InstanceClient, pollStatuses } from "@redis-operator/client";
import { type InstanceObservation, toObservation } from "@redis-operator/client/failover";
import { type BackupKeeper, createBackupKeeper } from "./backup-keeper.ts";
import { carryOut } from "./carry-out.ts";
import { decide } from "./decide/decide.ts";
import type { RedisAddress } from "./decide/follows.ts";
import { emptyMemory, remember } from "./decide/memory.ts";
import type { Action } from "./decide/situation.ts";
import type { KubernetesApi } from "./kubernetes/api.ts";
import { createClusterPort } from "./kubernetes/cluster-port.ts";
import { type ApiPod, listPods, type Pod } from "./kubernetes/pods.ts";
import { annotations, createRedisClusterStore } from "./kubernetes/redis-cluster.ts";
import type { Log } from "./log.ts";
import { createPlanBook } from "./plan-book.ts";
import type { Settings } from "./settings.ts";

/** Keeps one RedisCluster as it should be. */
export interface Reconciler {
  /** Looks once, and does the most urgent thing. @throws KubernetesError, and what a plan's own bookkeeping throws. */
  round(): Promise<void>;
  /** Waits for what goes on in the background. */
  settled(): Promise<void>;
}

/** What {@link createReconciler} needs. */
export interface ReconcilerDeps {
  readonly settings: Settings;
  readonly api: KubernetesApi;
  readonly locate: (pod: ApiPod) => Pod;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Creates a reconciler that has seen nothing yet. */
export function createReconciler({ settings, api, locate, log, signal }: ReconcilerDeps): Reconciler {
  const { detection } = settings;
  const store = createRedisClusterStore(api, settings.cluster);
  const book = createPlanBook(store);
  const cluster = createClusterPort(store, podOf);
  const backups: BackupKeeper | undefined =
    settings.backups &&
    createBackupKeeper({ cluster: settings.cluster.name, settings: settings.backups, instance, log, signal });
  let pods: readonly Pod[] = [];
  let memory = emptyMemory;
  let lastSaid = "";

  function podOf(name: string): Pod {
    return pods.find((pod) => pod.name === name) ?? locate({ metadata: { name } });
  }

  function addressOf(name: string): RedisAddress {
    return podOf(name).redis;
  }

  function instance(name: string): InstanceClient {
    return createInstanceClient(podOf(name));
  }

  async function poll(): Promise<readonly InstanceObservation[]> {
    const results = await pollStatuses(pods, { timeoutMs: detection.pollTimeoutMs, signal }).settled();
    return results.map(toObservation);
  }

  async function act(action: Action): Promise<void> {
    switch (action.action) {
      case "nothing":
        return;
      case "wait":
        return say("info", { waiting: action.why });
      case "alert":
        return say("error", { alert: action.why });
      case "name":
        log.info("naming the first primary", { primary: action.instance, why: action.why });
        return cluster.namePrimary(action.instance, { previous: undefined, signal });
      case "begin":
        log.warn(`${action.plan.kind} planned`, {
          why: action.why,
          primary: action.plan.primary,
          failedPolls: memory.absence?.polls,
        });
        await book.begin(action.plan, signal);
        return carryOut(action.plan, { startAt: 0, cluster, book, instance, log, signal });
      case "go-on":
        return carryOut(action.plan, { startAt: action.startAt, cluster, book, instance, log, signal });
      case "follow":
        await Promise.all(action.replicas.map((replica) => point(replica, action.primary)));
        return;
      case "forget-switchover":
        return store.update(() => ({ annotations: { [annotations.switchoverTo]: null } }), signal);
      default:
        return action satisfies never;
    }
  }

  async function point(replica: string, primary: string): Promise<void> {
    const { host, port } = addressOf(primary);
    try {
      await instance(replica).demote({ primaryIP: host, port }, { signal });
      log.info("replica pointed at the primary", { replica, primary });
    } catch (error) {
      log.warn("replica can't be pointed at the primary", { replica, primary, error });
    }
  }

  // A trouble that lasts is said once, not in every round.
  function say(level: "info" | "error", fields: Readonly<Record<string, string>>): void {
    const said = JSON.stringify(fields);
    if (said !== lastSaid) log[level]("nothing can be done now", fields);
    lastSaid = said;
  }

  return {
    async round() {
      const [redisCluster, listed] = await Promise.all([
        store.read(signal),
        listPods(api, settings.cluster, signal),
      ]);
      pods = listed.map(locate);
      const observations = await poll();
      const nowMs = performance.now();
      const { currentPrimary } = redisCluster;
      memory = remember(memory, { currentPrimary, observations, nowMs });
      const action = decide({ cluster: redisCluster, observations, memory, nowMs, addressOf, detection });
      if (action.action !== "wait" && action.action !== "alert") lastSaid = "";
      const isServing = action.action === "nothing" || action.action === "follow";
      if (isServing && currentPrimary !== undefined) backups?.consider(observations, currentPrimary);
      await act(action);
    },
    settled: async () => backups?.settled(),
  };
}
