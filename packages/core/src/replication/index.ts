export { readBootPlan, unassignedBootPlan } from "./boot-plan.ts";
export { demote } from "./demote.ts";
export { readOwnIpAddresses } from "./own-address.ts";
export { promote } from "./promote.ts";
export { checkReadiness, type ReadinessPolicy } from "./readiness.ts";
export { readStatus, type ReplicationStatus } from "./status.ts";
