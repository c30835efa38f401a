export { leftOutFields } from "./catalogue/left-out.ts";
export { expositionContentType } from "./exposition.ts";
export { createDataVolume } from "./data-volume.ts";
export { createManagerMetrics, describeManagerMetrics, type ManagerMetrics } from "./manager-metrics.ts";
export { describeRedisMetrics, type RedisMetricDescription } from "./reference.ts";
export { createRedisRenderer, type InstanceLabels, type RedisRenderer } from "./render.ts";
export { createScrape, type Scrape } from "./scrape.ts";
