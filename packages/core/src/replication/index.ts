export { type BootPlan, readBootPlan, unassignedBootPlan } from "./boot-plan.ts";
export { demote } from "./demote.ts";
export { readOwnIpAddresses, type RedisAddress } from "./own-address.ts";
export { promote, type PromotePreconditions } from "./promote.ts";
export { checkReadiness, type ReadinessPolicy } from "./readiness.ts";
export { readStatus, type ReplicationStatus } from "./status.ts";
