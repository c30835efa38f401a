export { demote } from "./demote.ts";
export { readOwnIpAddresses, type RedisAddress } from "./own-address.ts";
export { promote, type PromotePreconditions } from "./promote.ts";
export { readStatus, type ReplicationStatus } from "./status.ts";
