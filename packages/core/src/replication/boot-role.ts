import { isOwnAddress, type RedisAddress } from "./own-address.ts";

/** As what a Redis starts. */
export type BootRole =
  | { readonly role: "primary" }
  | { readonly role: "replica"; readonly primary: RedisAddress }
  /** Nobody has said yet: as Redis starts by itself, to be promoted or demoted by the operator. */
  | { readonly role: "unassigned" };

/** What the RedisCluster and the pods say at start. */
export interface BootObservation {
  /** `status.currentPrimary`, a pod's name. */
  readonly currentPrimary: string | undefined;
  readonly pods: readonly { readonly name: string; readonly ip: string }[];
  readonly own: { readonly podName: string; readonly ipAddresses: readonly string[] };
  /** The port of Redis in every pod. */
  readonly redisPort: number;
}

/**
 * Stands for a primary that has no address at the moment. Nothing listens there, so that the link stays down and nothing
 * is written here until the operator names the address. Not the pod's name: Redis looks names up on its main thread, and a
 * lookup that hangs would hang it.
 */
export const unknownPrimary: RedisAddress = { host: "127.0.0.1", port: 1 };

/**
 * Decides as what this instance starts, so that a former primary that comes back doesn't accept writes beside its
 * successor.
 */
export function decideBootRole(observation: BootObservation): BootRole {
  const { currentPrimary, pods, own, redisPort } = observation;
  if (currentPrimary === undefined) return { role: "unassigned" };
  if (currentPrimary === own.podName) return { role: "primary" };
  const host = pods.find(({ name }) => name === currentPrimary)?.ip;
  if (host === undefined) return { role: "replica", primary: unknownPrimary };
  const primary = { host, port: redisPort };
  // A pod that doesn't know its name still knows its address; a Redis that follows itself is left read-only.
  const isOwn = isOwnAddress(primary, { ipAddresses: own.ipAddresses, port: redisPort });
  return isOwn ? { role: "primary" } : { role: "replica", primary };
}
