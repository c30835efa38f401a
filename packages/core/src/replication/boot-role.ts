import type { KnownClusterState } from "../kubernetes/cluster-observer.ts";
import { isOwnAddress, type RedisAddress } from "./own-address.ts";

/** In which role a Redis is to be. */
export type BootRole =
  | { readonly role: "primary" }
  | { readonly role: "replica"; readonly primary: RedisAddress }
  /** Read-only, and following nobody: nothing is written here until somebody says who the primary is. */
  | { readonly role: "undesignated" };

/** A role, and how far it is to be trusted. */
export interface BootDecision {
  readonly boot: BootRole;
  /** Whether this is the last word: from then on only the operator changes the role. */
  readonly isSettled: boolean;
  /** Why an instance in this role may take no traffic; `undefined` if it may. */
  readonly notReady?: string;
  /** Where it comes from, for the log. */
  readonly because: string;
  /** Other instances that are known from there, beside the pods of the cluster. */
  readonly peers?: readonly RedisAddress[];
}

/** What is known when the role is decided. */
export interface BootObservation {
  /** The primary that the configuration names; it wins over the cluster's. */
  readonly configuredPrimary: RedisAddress | undefined;
  /** `outside`: no RedisCluster is asked. `known` is `undefined` as long as nothing is known of it. */
  readonly cluster: "outside" | { readonly known: Pick<KnownClusterState, "state" | "source"> | undefined };
  readonly own: { readonly podName: string; readonly ipAddresses: readonly string[] };
  /** The port of Redis in every pod. */
  readonly redisPort: number;
}

/**
 * Decides in which role this instance is to be, so that a former primary that comes back doesn't accept writes beside its
 * successor, and nobody becomes a primary whom nobody named.
 */
export function decideBootRole(observation: BootObservation): BootDecision {
  const { configuredPrimary, cluster, own, redisPort } = observation;
  if (configuredPrimary !== undefined) {
    const isOwn = isOwnAddress(configuredPrimary, { ipAddresses: own.ipAddresses, port: redisPort });
    return { boot: primaryOrReplica(configuredPrimary, isOwn), isSettled: true, because: "configuration" };
  }
  if (cluster === "outside")
    return { boot: { role: "primary" }, isSettled: true, because: "no cluster is known" };
  const { known } = cluster;
  if (known === undefined) {
    return {
      boot: { role: "undesignated" },
      isSettled: false,
      notReady:
        "its role is unknown: the RedisCluster can't be read, and nothing is stored of an earlier run",
      because: "nothing is known of the RedisCluster",
    };
  }
  const { primary } = known.state;
  const isFresh = known.source === "api-server";
  const because = isFresh ? "status.currentPrimary" : "status.currentPrimary as stored by an earlier run";
  if (primary === undefined) return { boot: { role: "undesignated" }, isSettled: false, because };
  if (primary.podName === own.podName) return { boot: { role: "primary" }, isSettled: isFresh, because };
  // Its pod may be about to come: as soon as it has an address, it is followed.
  if (primary.ip === undefined) return { boot: { role: "undesignated" }, isSettled: false, because };
  const address = { host: primary.ip, port: redisPort };
  // A pod that doesn't know its name still knows its address; a Redis that follows itself is left read-only.
  const isOwn = isOwnAddress(address, { ipAddresses: own.ipAddresses, port: redisPort });
  return { boot: primaryOrReplica(address, isOwn), isSettled: isFresh, because };
}

function primaryOrReplica(address: RedisAddress, isOwn: boolean): BootRole {
  return isOwn ? { role: "primary" } : { role: "replica", primary: address };
}

/**
 * Whom an undesignated Redis follows: itself. It is read-only by that, keeps its data and answers, and every REPLICAOF
 * ends it. The address is loopback, because a pod's own may change.
 */
export function nobody(redisPort: number): RedisAddress {
  return { host: "127.0.0.1", port: redisPort };
}
