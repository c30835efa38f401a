export { createRedisConnection, type RedisCommand, type RedisConnection } from "./connection.ts";
