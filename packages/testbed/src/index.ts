export { freePort } from "./free-port.ts";
export {
  type ProcessExit,
  type RunningProcess,
  type RunningProcessOptions,
  startProcess,
} from "./process.ts";
export { type RedisServer, type RedisServerOptions, startRedisServer } from "./redis-server.ts";
export { createTemporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";
export { waitFor, type WaitForOptions } from "./wait-for.ts";
