export { readConfig } from "./config-get.ts";
export {
  createRedisConnection,
  formatHostPort,
  type RedisCommand,
  type RedisConnection,
  type RedisConnectionOptions,
} from "./connection.ts";
export {
  type InfoSnapshot,
  optionalInteger,
  parseInfo,
  parseInfoPairs,
  readInfo,
  requireField,
  requireInteger,
} from "./info.ts";
