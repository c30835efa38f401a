import type { InstanceObservation } from "@redis-operator/client/failover";
import type { Action } from "./situation.ts";

/**
 * Says who is to be the first primary, once every pod has answered: the one that answers as one, or else the one with the most
 * data, by name where that is equal. A manager that is named, but holds no data while another pod does, doesn't become the primary.
 */
export function bootstrap(observations: readonly InstanceObservation[]): Action {
  const silent = observations.filter(({ status }) => status === undefined);
  if (silent.length > 0) {
    const names = silent.map(({ name }) => name).join(", ");
    return { action: "wait", why: `nobody is named yet: ${names} gave no status` };
  }
  const statuses = observations.flatMap(({ name, status }) =>
    status === undefined ? [] : [{ name, status }],
  );
  const primary = statuses.find(({ status }) => status.role === "master");
  if (primary !== undefined) {
    return { action: "name", instance: primary.name, why: "it answers as a primary, and nobody is named" };
  }
  const [first] = statuses.toSorted(
    (left, right) =>
      right.status.replicationOffset - left.status.replicationOffset || (left.name < right.name ? -1 : 1),
  );
  if (first === undefined) return { action: "wait", why: "the cluster has no pods yet" };
  return { action: "name", instance: first.name, why: "nobody is named, and all pods have answered" };
}
