import type { InstanceObservation } from "@redis-operator/client/failover";

/** Where the primary's Redis is in every observation. */
export const primaryAddress = { host: "10.0.0.7", port: 6379 };

const history = { connected: true, connectedReplicas: 0, replicationId: "0123456789" } as const;

/** An instance that answers as a primary. */
export function primary(
  name: string,
  { offset = 100 }: { readonly offset?: number } = {},
): InstanceObservation {
  return { name, status: { role: "master", replicationOffset: offset, ...history } };
}

/** How a replica differs from one that is in sync. */
export interface ReplicaTraits {
  readonly offset?: number;
  readonly link?: "up" | "down";
  readonly lastIoSecondsAgo?: number;
  /** Of the Redis that it follows. */
  readonly port?: number;
}

/** An instance that answers as a replica. */
export function replica(name: string, traits: ReplicaTraits = {}): InstanceObservation {
  const { offset = 100, link = "up", lastIoSecondsAgo = 0, port = primaryAddress.port } = traits;
  return {
    name,
    status: {
      role: "slave",
      replicationOffset: offset,
      masterLinkStatus: link,
      primary: { host: primaryAddress.host, port },
      ...(link === "up" ? { lastIoSecondsAgo } : { linkDownSeconds: 5 }),
      ...history,
    },
  };
}

/** An instance that gave no status. */
export function failing(name: string, code = "MANAGER_UNREACHABLE"): InstanceObservation {
  return { name, status: undefined, failure: { code, message: `it answered ${code}` } };
}
