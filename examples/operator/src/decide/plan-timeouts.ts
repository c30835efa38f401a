import type { PlanTimeouts } from "@redis-operator/client/failover";

/**
 * Shorter than the SDK's: nothing else is looked at while a plan is carried out. What a plan has no time for, a later round does: a fence that isn't
 * confirmed is gone on with, a link that isn't up yet is followed up.
 */
export const planTimeouts: PlanTimeouts = {
  candidateMs: 5_000,
  fencedMs: 30_000,
  roleMs: 10_000,
  linkMs: 15_000,
};
