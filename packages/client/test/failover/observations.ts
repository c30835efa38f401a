import type { InstanceStatus, PrimaryStatus, ReplicaStatus } from "../../src/index.ts";
import type { InstanceObservation } from "../../src/failover/index.ts";

/** A replication history that all share unless a test says otherwise. */
export const history = "a".repeat(40);

/** A primary as it answers. */
export function primary(status: Partial<PrimaryStatus> = {}): PrimaryStatus {
  return {
    role: "master",
    connected: true,
    replicationOffset: 1_000,
    connectedReplicas: 0,
    replicationId: history,
    ...status,
  };
}

/** A replica in sync as it answers. */
export function replica(status: Partial<ReplicaStatus> = {}): ReplicaStatus {
  return {
    role: "slave",
    connected: true,
    replicationOffset: 1_000,
    connectedReplicas: 0,
    masterLinkStatus: "up",
    replicationId: history,
    syncInProgress: false,
    ...status,
  };
}

/** A replica whose primary is lost, with its data. */
export function orphan(status: Partial<ReplicaStatus> = {}): ReplicaStatus {
  return replica({ masterLinkStatus: "down", linkDownSeconds: 5, ...status });
}

/** One observation for each instance; a text is the code of why it gave no status. */
export function observe(
  instances: Readonly<Record<string, InstanceStatus | "MANAGER_UNREACHABLE" | "INSTANCE_FENCED">>,
): readonly InstanceObservation[] {
  return Object.entries(instances).map(([name, status]) => {
    return typeof status === "string"
      ? { name, status: undefined, failure: { code: status, message: `${name}: ${status}` } }
      : { name, status };
  });
}
