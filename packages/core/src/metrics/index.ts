export { expositionContentType } from "./exposition.ts";
export { createManagerMetrics, type ManagerMetrics } from "./manager-metrics.ts";
export { type InstanceLabels, renderRedisMetrics } from "./render.ts";
export { createScrape, type Scrape } from "./scrape.ts";
