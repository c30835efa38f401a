export { demote } from "./demote.ts";
export { readOwnIpAddresses } from "./own-address.ts";
export { promote } from "./promote.ts";
export { createRoleChanges, type RoleChanges } from "./role-changes.ts";
export { checkReadiness, type ReadinessPolicy } from "./readiness.ts";
export { readStatus, type ReplicationStatus } from "./status.ts";
