import { planFailover } from "@redis-operator/client/failover";
import { planTimeouts } from "./plan-timeouts.ts";
import type { Action, NamedSituation } from "./situation.ts";

/** Decides who takes the place of a primary that is lost. `why` it is. */
export function replacePrimary(situation: NamedSituation, why: string): Action {
  const { cluster, observations, memory, detection, currentPrimary } = situation;
  const { generation, suspects } = cluster.state;
  const decision = planFailover(observations, {
    currentPrimary,
    generation: generation + 1,
    suspects,
    knownReplicas: [...memory.replicas].filter((name) => !suspects.includes(name)),
    selfFencedAfterMs: detection.selfFencedAfterMs,
    timeouts: planTimeouts,
  });
  const lost = `${currentPrimary} is lost: ${why}`;
  if (decision.outcome === "planned") return { action: "begin", plan: decision.plan, why: lost };
  const reasons = decision.selection.discarded.map(({ name, detail }) => `${name} ${detail}`);
  return { action: "alert", why: `${lost}; nobody can take its place: ${reasons.join("; ")}` };
}
