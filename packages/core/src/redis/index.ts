export { createRedisAccess, type RedisAccess } from "./access.ts";
export { createRedisConnection, type RedisCommand, type RedisConnection } from "./connection.ts";
