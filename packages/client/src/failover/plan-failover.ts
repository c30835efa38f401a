import type { InstanceObservation } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { followSteps, returnSteps } from "./plan-steps.ts";
import { defaultPlanTimeouts, type PlanTimeouts, toConfirmation } from "./plan-timeouts.ts";
import { findPossiblePrimaries, type PrimaryKnowledge } from "./possible-primaries.ts";
import { type Selection, type SelectionOptions, selectPromotionCandidate } from "./select-candidate.ts";

/** What {@link planFailover} goes by beside the statuses. */
export interface FailoverOptions extends PrimaryKnowledge, SelectionOptions {
  /** One more than that of the last plan of this RedisCluster. */
  readonly generation: number;
  /**
   * States that every instance runs with `SELF_FENCING_ENABLED`, and within how many milliseconds one that is cut off, or replaced
   * without its knowledge, holds its writes: its check interval and the longer of its two timeouts, 10,000 with the
   * defaults. A fence then also counts as confirmed after so long without any answer. Unset: silence proves nothing.
   */
  readonly selfFencedAfterMs?: number | undefined;
  /** Fenced instances whose fence is not lifted at the end. Default: none. */
  readonly leaveFenced?: readonly string[] | undefined;
  /** In place of {@link defaultPlanTimeouts}. */
  readonly timeouts?: Partial<PlanTimeouts> | undefined;
}

/** The plan, or why there is none. */
export type FailoverDecision =
  | { readonly outcome: "planned"; readonly plan: Plan; readonly selection: Selection }
  | { readonly outcome: "refused"; readonly reason: "no-candidate"; readonly selection: Selection };

/**
 * Plans to replace a primary that is lost, or that may not go on as one.
 *
 * Check the candidate → fence whoever may be a primary → confirm that none of them takes writes → name the candidate in
 * `status.currentPrimary` → promote it → point the other replicas at it → lift the fences of those that are seen to be down, which
 * come back as replicas.
 *
 * The name goes before the promotion, so that a candidate that restarts in between, or right afterwards, comes back as the
 * primary and not as the replica of its predecessor; and after the fences, so that such a restart makes no second primary. With
 * `selfFencedAfterMs` it goes before their confirmation: a primary that has lost the API server but reaches its peers holds its
 * writes only once they know that another is named.
 *
 * @throws TypeError if two observations have one name.
 */
export function planFailover(
  observations: readonly InstanceObservation[],
  options: FailoverOptions,
): FailoverDecision {
  const { generation, currentPrimary, selfFencedAfterMs, leaveFenced = [] } = options;
  const timeouts = { ...defaultPlanTimeouts, ...options.timeouts };
  const fenced = findPossiblePrimaries(observations, options);
  const exclude = [...fenced, ...(options.exclude ?? [])];
  const selection = selectPromotionCandidate(observations, { ...options, exclude });
  if (selection.outcome === "none") return { outcome: "refused", reason: "no-candidate", selection };

  const { name: primary, replicationId, replicationOffset: minOffset } = selection.candidate;
  const expected = { instance: primary, replicationId, minOffset };
  const rivals = selection.runnersUp.map(({ name }) => name);
  const replicas = observations.flatMap(({ name, status }) => {
    return status?.role === "slave" && name !== primary && !fenced.includes(name) ? [name] : [];
  });
  const confirmation = toConfirmation(timeouts, selfFencedAfterMs);
  const naming = { action: "name-primary", instance: primary, previous: currentPrimary ?? null } as const;
  const confirming = fenced.map((instance) => {
    return { action: "confirm-fenced", instance, ...confirmation } as const;
  });
  const steps: Plan["steps"] = [
    { action: "check-candidate", ...expected, timeoutMs: timeouts.candidateMs },
    ...fenced.map((instance) => ({ action: "fence", instance }) as const),
    ...(selfFencedAfterMs === undefined ? [...confirming, naming] : [naming, ...confirming]),
    {
      action: "promote",
      ...expected,
      fences: { instances: [...fenced], ...confirmation },
      rivals,
      timeoutMs: timeouts.roleMs,
    },
    { action: "confirm-primary", instance: primary, timeoutMs: timeouts.roleMs },
    ...followSteps(replicas, { primary, timeouts }),
    ...fenced
      .filter((name) => !leaveFenced.includes(name))
      .flatMap((name) => returnSteps(name, { primary, timeouts })),
  ];
  return { outcome: "planned", plan: { kind: "failover", generation, primary, steps }, selection };
}
