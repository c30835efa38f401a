import type { InstanceObservation } from "@redis-operator/client/failover";

/** For how long the named primary has not answered as one. */
export interface Absence {
  readonly name: string;
  /** Polls in a row. */
  readonly polls: number;
  /** By the operator's own clock. */
  readonly sinceMs: number;
}

/** What one round leaves to the next. It may be lost: a new operator counts from the beginning, and takes nobody's role for known. */
export interface Memory {
  readonly absence: Absence | undefined;
  /** Instances that answered as a replica when they answered last. */
  readonly replicas: ReadonlySet<string>;
}

/** What an operator knows that was just started. */
export const emptyMemory: Memory = { absence: undefined, replicas: new Set() };

/** What {@link remember} adds. */
export interface Round {
  readonly currentPrimary: string | undefined;
  readonly observations: readonly InstanceObservation[];
  readonly nowMs: number;
}

/** Adds what a round has seen. */
export function remember(previous: Memory, { currentPrimary, observations, nowMs }: Round): Memory {
  const replicas = new Set(previous.replicas);
  for (const { name, status } of observations) {
    if (status?.role === "slave") replicas.add(name);
    else if (status?.role === "master") replicas.delete(name);
  }
  // Whoever is named may be on its way to become one.
  if (currentPrimary === undefined) return { absence: undefined, replicas };
  replicas.delete(currentPrimary);

  const status = observations.find(({ name }) => name === currentPrimary)?.status;
  if (status?.role === "master") return { absence: undefined, replicas };
  const { absence } = previous;
  const isSame = absence?.name === currentPrimary;
  return {
    absence: {
      name: currentPrimary,
      polls: isSame ? absence.polls + 1 : 1,
      sinceMs: isSame ? absence.sinceMs : nowMs,
    },
    replicas,
  };
}
