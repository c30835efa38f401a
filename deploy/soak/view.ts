import { type InstanceStatus, ManagerError } from "@redis-operator/client";
import { createRedisConnection } from "@redis-operator/core/redis";
import { toList } from "./agents/application.ts";
import type { Instance, Member, Topology } from "./topology.ts";

/** How the cluster looks from outside: to the SDK, and to the sentinels. */
export interface View {
  readonly at: number;
  readonly instances: readonly InstanceView[];
  /** The instance that all sentinels name. */
  readonly named: string | undefined;
  /** Whether every sentinel is in touch with the primary, all replicas and the other sentinels. */
  readonly sentinelsAgree: boolean;
}

/** An instance as its manager tells. */
export interface InstanceView {
  readonly pod: string;
  readonly ms: number;
  readonly status: InstanceStatus | undefined;
  /** The code of a call that failed. */
  readonly code: string | undefined;
  readonly isReady: boolean;
}

// A replica that is so far behind under this load catches up in a moment.
const settledLagBytes = 65_536;
const sentinelTimeoutMs = 1_500;

/** Asks all managers and all sentinels, at once. */
export async function readView({ instances, sentinels, cluster }: Topology): Promise<View> {
  const at = Date.now();
  const [seen, heard] = await Promise.all([
    Promise.all(instances.map(readInstance)),
    Promise.all(sentinels.map((sentinel) => readSentinel(sentinel, cluster.passwordFile))),
  ]);
  const names = new Set(heard.map((sentinel) => sentinel?.primary));
  const [name] = names;
  return {
    at,
    instances: seen,
    named: names.size === 1 ? name : undefined,
    sentinelsAgree: heard.every(
      (sentinel) =>
        sentinel?.primary !== undefined &&
        sentinel.flags === "master" &&
        sentinel.soundReplicas === instances.length - 1 &&
        sentinel.others === sentinels.length - 1,
    ),
  };
}

/** Why a cluster isn't as it should be; `undefined` if it is. */
export function findTrouble({ instances, named, sentinelsAgree }: View): string | undefined {
  if (named === undefined) return "the sentinels name no primary, or several";
  for (const { pod, status, code, isReady } of instances) {
    if (status === undefined) return `${pod} answers ${code ?? "nothing"}`;
    if (!isReady) return `${pod} isn't ready`;
    if ((status.role === "master") !== (pod === named))
      return `${pod} is ${status.role}, and ${named} is named`;
    if (status.role === "slave" && status.masterLinkStatus !== "up") return `${pod} has no link to ${named}`;
    if (status.role === "slave" && status.primary?.host.startsWith(`${named}.`) !== true) {
      return `${pod} follows ${status.primary?.host ?? "nobody"}, and ${named} is named`;
    }
    if (status.role === "master") {
      const online = (status.replicas ?? []).filter(({ state }) => state === "online");
      if (online.length !== instances.length - 1)
        return `${pod} has ${online.length} replicas that are online`;
      const behind = online.find(({ lagBytes }) => lagBytes > settledLagBytes);
      if (behind !== undefined) return `${behind.host} is ${behind.lagBytes} bytes behind`;
    }
  }
  return sentinelsAgree ? undefined : "a sentinel isn't in touch with all others";
}

async function readInstance(instance: Instance): Promise<InstanceView> {
  const startedAt = performance.now();
  const seen = { pod: instance.name, isReady: instance.kubelet.isReady() };
  try {
    const status = await instance.client().status();
    return { ...seen, status, code: undefined, ms: performance.now() - startedAt };
  } catch (error) {
    const code = error instanceof ManagerError ? error.code : String(error);
    return { ...seen, status: undefined, code, ms: performance.now() - startedAt };
  }
}

async function readSentinel({ kubelet }: Member, passwordFile: string) {
  const connection = createRedisConnection({
    host: kubelet.pod().host.ip,
    port: 26_379,
    passwordFile,
    connectTimeoutMs: sentinelTimeoutMs,
    commandTimeoutMs: sentinelTimeoutMs,
  });
  try {
    const primary = toFields(await connection.send(["SENTINEL", "MASTER", "redis"]));
    const replicas = toList(await connection.send(["SENTINEL", "REPLICAS", "redis"])).map(toFields);
    return {
      primary: primary.get("ip")?.split(".")[0],
      flags: primary.get("flags"),
      others: Number(primary.get("num-other-sentinels")),
      soundReplicas: replicas.filter((replica) => replica.get("flags") === "slave").length,
    };
  } catch {
    return undefined;
  } finally {
    connection.close();
  }
}

function toFields(reply: unknown): ReadonlyMap<string, string> {
  const words = toList(reply).map(String);
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < words.length; index += 2)
    fields.set(words[index] ?? "", words[index + 1] ?? "");
  return fields;
}

/** The instance of this name. @throws Error if there is none. */
export function findInstance({ instances }: Topology, name: string): Instance {
  const found = instances.find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`no instance ${name}`);
  return found;
}
