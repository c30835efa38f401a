import { detectSplitBrain, type SplitBrain } from "@redis-operator/client/failover";
import { bootstrap } from "./bootstrap.ts";
import { judgePrimary } from "./judge-primary.ts";
import { rejoin } from "./rejoin.ts";
import { replacePrimary } from "./replace-primary.ts";
import type { Action, NamedSituation, Situation } from "./situation.ts";
import { tidy } from "./tidy.ts";

type VisibleSplitBrain = Extract<SplitBrain, { readonly outcome: "split-brain" }>;

/** Decides what is to be done, the most urgent first. */
export function decide(situation: Situation): Action {
  const { cluster, observations } = situation;
  const { currentPrimary, state } = cluster;
  if (state.running !== undefined) return { action: "go-on", ...state.running };
  if (cluster.fenced.includes("*")) return { action: "wait", why: "all instances are fenced" };
  const splitBrain = detectSplitBrain(observations, { currentPrimary });
  if (splitBrain.outcome === "split-brain") return endSplitBrain(splitBrain, situation);
  if (currentPrimary === undefined) return bootstrap(observations);
  return keepPrimary({ ...situation, currentPrimary });
}

function endSplitBrain({ advice, primaries }: VisibleSplitBrain, situation: Situation): Action {
  const { survivor, reason } = advice;
  const second = primaries.find(({ name }) => name !== survivor);
  // A plan goes by the name: a survivor that isn't named is for a person to name.
  if (survivor !== undefined && survivor === situation.cluster.currentPrimary && second !== undefined) {
    return rejoin(second.name, { situation, primary: survivor, why: "it answers as a second primary" });
  }
  const names = primaries.map(({ name }) => name).join(", ");
  return { action: "alert", why: `${names} answer as primaries: ${reason}` };
}

function keepPrimary(situation: NamedSituation): Action {
  const { cluster, observations, memory, detection, currentPrimary } = situation;
  const foreignFences = cluster.fenced.filter((name) => !cluster.state.fences.includes(name));
  const judged = judgePrimary({
    currentPrimary,
    address: situation.addressOf(currentPrimary),
    observations,
    absence: memory.absence,
    nowMs: situation.nowMs,
    foreignFences,
    ...detection,
  });
  switch (judged.verdict) {
    case "serving":
      return tidy(situation);
    case "waited-for":
      return { action: "wait", why: `${currentPrimary} is no primary now: ${judged.why}` };
    case "lost":
      return replacePrimary(situation, judged.why);
    default:
      return judged satisfies never;
  }
}
