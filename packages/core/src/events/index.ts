export { createRedisEvents, type RedisEventObserver } from "./redis-events.ts";
