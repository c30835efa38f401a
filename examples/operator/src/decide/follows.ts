import type { ReplicaStatus } from "@redis-operator/client";

/** As replicas name whom they follow. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Whether a replica was told to follow this address; one whose manager doesn't tell isn't blamed. */
export function follows({ primary }: ReplicaStatus, { host, port }: RedisAddress): boolean {
  return primary === undefined || (primary.host === host && primary.port === port);
}
