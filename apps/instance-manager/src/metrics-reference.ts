export { describeManagerMetrics, describeRedisMetrics, leftOutFields } from "@redis-operator/core/metrics";
