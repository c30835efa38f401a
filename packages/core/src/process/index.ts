export { createAttachedProcess } from "./attached-process.ts";
export { isPortRefused } from "./port-probe.ts";
export { createProcessTable } from "./proc-table.ts";
export { readProcessId } from "./process-id.ts";
export type { RedisProcess } from "./redis-process.ts";
export { startRedisSentinel } from "./start-redis-sentinel.ts";
export { startRedisServer } from "./start-redis-server.ts";
export type { SupervisedProcess } from "./supervised-process.ts";
export { takeDataDirectory } from "./take-data-directory.ts";
