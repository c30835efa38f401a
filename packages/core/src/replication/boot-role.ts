import type { RedisAddress } from "./own-address.ts";

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
  readonly ownPod: string;
  readonly pods: readonly { readonly name: string; readonly ip: string }[];
  /** The port of Redis in every pod. */
  readonly redisPort: number;
}

/**
 * Decides as what this instance starts, so that a former primary that comes back doesn't accept writes beside its
 * successor.
 *
 * A primary that has no address at the moment is followed by its name: the link stays down until the operator gives the
 * address, but nothing is written here meanwhile.
 */
export function decideBootRole({ currentPrimary, ownPod, pods, redisPort }: BootObservation): BootRole {
  if (currentPrimary === undefined || currentPrimary === "") return { role: "unassigned" };
  if (currentPrimary === ownPod) return { role: "primary" };
  const host = pods.find(({ name }) => name === currentPrimary)?.ip ?? currentPrimary;
  return { role: "replica", primary: { host, port: redisPort } };
}
