export { startRedisRotation, type RedisRotationOptions } from "./redis-rotation.ts";
export type { Rotation, RotationObserver } from "./rotation.ts";
