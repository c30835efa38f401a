import { planSwitchover } from "@redis-operator/client/failover";
import { follows } from "./follows.ts";
import { planTimeouts } from "./plan-timeouts.ts";
import { rejoin } from "./rejoin.ts";
import type { Action, NamedSituation } from "./situation.ts";

/** Decides what is left to do while the primary serves. */
export function tidy(situation: NamedSituation): Action {
  const { cluster, observations, currentPrimary } = situation;
  const strays = observations.flatMap(({ name, status }) =>
    status?.role === "slave" && !follows(status, situation.addressOf(currentPrimary)) ? [name] : [],
  );
  if (strays.length > 0) return { action: "follow", replicas: strays, primary: currentPrimary };
  const back = observations.find(
    ({ name, failure }) => failure?.code === "INSTANCE_FENCED" && cluster.state.fences.includes(name),
  );
  if (back !== undefined) {
    return rejoin(back.name, {
      situation,
      primary: currentPrimary,
      why: "it is back, and fenced by a failover",
    });
  }
  const to = cluster.switchoverTo;
  if (to === undefined) return { action: "nothing" };
  return to === currentPrimary ? { action: "forget-switchover" } : switchOver(situation, to);
}

function switchOver({ cluster, observations, currentPrimary, memory }: NamedSituation, to: string): Action {
  const decision = planSwitchover(observations, {
    from: currentPrimary,
    to,
    generation: cluster.state.generation + 1,
    knownReplicas: [...memory.replicas],
    timeouts: planTimeouts,
  });
  return decision.outcome === "planned"
    ? { action: "begin", plan: decision.plan, why: `redis.io/switchoverTo asks for ${to}` }
    : { action: "wait", why: `the switchover to ${to} has to wait: ${decision.detail}` };
}
