export {
  type ExecuteOptions,
  executePlan,
  type PlanResult,
  type StepEvent,
  type StepReport,
} from "./execute-plan.ts";
export { FailoverError, type FailoverErrorCode } from "./failover-error.ts";
export type { Discarded, Unfitness } from "./fitness.ts";
export type { InstanceObservation } from "./observation.ts";
export { type Action, type Plan, planSchema, type Step } from "./plan.ts";
export { type FailoverDecision, type FailoverOptions, planFailover } from "./plan-failover.ts";
export { planRejoin, type RejoinOptions } from "./plan-rejoin.ts";
export { planSwitchover, type SwitchoverDecision, type SwitchoverOptions } from "./plan-switchover.ts";
export { defaultPlanTimeouts, type PlanTimeouts } from "./plan-timeouts.ts";
export type { ClusterPort, ClusterState, PlannedInstance, PortOptions } from "./ports.ts";
export {
  type Candidate,
  selectPromotionCandidate,
  type Selection,
  type SelectionOptions,
} from "./select-candidate.ts";
export {
  detectSplitBrain,
  type SplitBrain,
  type SplitBrainAdvice,
  type SplitBrainOptions,
  type VisiblePrimary,
} from "./split-brain.ts";
export type { StopAdvice } from "./stop-advice.ts";
export { toObservation } from "./to-observation.ts";
