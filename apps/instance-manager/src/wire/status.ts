import type { InstanceStatus } from "@redis-operator/client/contract";
import type { ReplicationStatus } from "@redis-operator/core/replication";

/** Puts a replication status into the words of the wire. */
export function toWireStatus(status: ReplicationStatus, observedAt: Date): InstanceStatus {
  const common = {
    replicationOffset: status.offsetBytes,
    connected: true,
    replicationId: status.replicationId,
    observedAt: observedAt.toISOString(),
    // A fenced instance has no Redis that could say anything.
    fenced: false,
  } as const;
  if (status.role === "primary") {
    return {
      role: "master",
      connectedReplicas: status.connectedReplicas,
      ...common,
      replicas: status.replicas.map(({ offsetBytes, ...replica }) => ({ ...replica, offset: offsetBytes })),
    };
  }
  const { linkDownSeconds, lastIoSecondsAgo } = status;
  return {
    role: "slave",
    // Replicas of a replica are not counted: the field answers how many follow a primary.
    connectedReplicas: 0,
    masterLinkStatus: status.link,
    ...common,
    primary: status.primary,
    ...(linkDownSeconds !== undefined && { linkDownSeconds }),
    ...(lastIoSecondsAgo !== undefined && { lastIoSecondsAgo }),
    syncInProgress: status.syncInProgress,
  };
}
