import { createRedisConnection } from "@redis-operator/core/redis";
import { waitFor } from "@redis-operator/testbed";
import { readView } from "../view.ts";
import type { Inject } from "./fault.ts";

const commandTimeoutMs = 5_000;
const switchoverTimeoutMs = 30_000;

/** Loses every packet between an instance and these, in both directions; the node reaches it all the same. */
export function cutOff(from: readonly ("api" | "app" | "store" | "peers" | "sentinels")[]): Inject {
  return async ({ topology }, victim) => {
    if (victim === undefined) throw new Error("nobody to cut off");
    const { network, instances, sentinels } = topology;
    const groups = {
      peers: instances
        .filter((instance) => instance !== victim)
        .map(({ kubelet }) => kubelet.pod().host.name),
      sentinels: sentinels.map(({ kubelet }) => kubelet.pod().host.name),
      api: ["api"],
      app: ["app"],
      store: ["store"],
    };
    const host = victim.kubelet.pod().host.name;
    const names = from.flatMap((group) => groups[group]);
    network.drop(
      names.flatMap((name) => [
        { from: host, to: name },
        { from: name, to: host },
      ]),
    );
    return () => network.drop([]);
  };
}

/** Has a sentinel hand over to a replica, and waits until all follow the one that it chose. */
export const switchOver: Inject = async ({ topology, random }, victim) => {
  const sentinel = random.pick(topology.sentinels);
  const connection = createRedisConnection({
    host: sentinel.kubelet.pod().host.ip,
    port: 26_379,
    passwordFile: topology.cluster.passwordFile,
    connectTimeoutMs: commandTimeoutMs,
    commandTimeoutMs,
  });
  try {
    await connection.send(["SENTINEL", "FAILOVER", "redis"]);
  } finally {
    connection.close();
  }
  await waitFor(
    async () => {
      const { named } = await readView(topology);
      return named !== undefined && named !== victim?.name;
    },
    { what: "the sentinels to name another", timeoutMs: switchoverTimeoutMs },
  );
  return () => undefined;
};
