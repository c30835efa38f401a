import {
  expositionContentType,
  type InstanceLabels,
  type ManagerMetrics,
  renderRedisMetrics,
  type Scrape,
} from "@redis-operator/core/metrics";
import type { Handler } from "hono";

/** What {@link metricsRoute} needs. */
export interface MetricsDeps {
  readonly scrape: Scrape;
  readonly managerMetrics: ManagerMetrics;
  readonly labels: InstanceLabels;
}

/** `GET /metrics`: Redis' metrics from one `INFO`, then the manager's own. A Redis that is down is a metric too. */
export function metricsRoute({ scrape, managerMetrics, labels }: MetricsDeps): Handler {
  return async () => {
    const observation = await scrape.read();
    const text = renderRedisMetrics(observation, labels) + (await managerMetrics.render());
    return new Response(text, { headers: { "content-type": expositionContentType } });
  };
}
