import type { InstanceObservation } from "@redis-operator/client/failover";

/**
 * Chooses who is backed up: the replica that is in sync and furthest along, since a save costs the primary memory and latency; the
 * primary if there is none. `undefined`: nobody can be.
 */
export function chooseBackupSource(
  observations: readonly InstanceObservation[],
  currentPrimary: string,
): string | undefined {
  const [replica] = observations
    .flatMap(({ name, status }) =>
      status?.role === "slave" && status.masterLinkStatus === "up" && status.syncInProgress !== true
        ? [{ name, offset: status.replicationOffset }]
        : [],
    )
    .toSorted((left, right) => right.offset - left.offset);
  if (replica !== undefined) return replica.name;
  const primary = observations.find(({ name }) => name === currentPrimary);
  return primary?.status?.role === "master" ? currentPrimary : undefined;
}
