import { gzipSync } from "node:zlib";
import {
  expositionContentType,
  type ManagerMetrics,
  type RedisRenderer,
  type Scrape,
} from "@redis-operator/core/metrics";
import type { Handler } from "hono";
import { acceptsGzip } from "../accepts-gzip.ts";

/** What {@link metricsRoute} needs. */
export interface MetricsDeps {
  readonly scrape: Scrape;
  readonly renderRedis: RedisRenderer;
  readonly managerMetrics: ManagerMetrics;
}

/**
 * `GET /metrics`: Redis' metrics from one `INFO`, then the manager's own. A Redis that is down is a metric too. The format is
 * always text 0.0.4, compressed for a scraper that takes it so.
 */
export function metricsRoute({ scrape, renderRedis, managerMetrics }: MetricsDeps): Handler {
  return async (context) => {
    const observation = await scrape.read();
    // Bytes: of a string that it sends, Node sets three aside for each character.
    const exposition = Buffer.from(renderRedis(observation) + (await managerMetrics.render()));
    const headers = { "content-type": expositionContentType, vary: "Accept-Encoding" };
    if (!acceptsGzip(context.req.header("accept-encoding"))) return new Response(exposition, { headers });
    // A tenth of the size at 0.2 ms of CPU; a thread would take twice as much, and a higher level for little.
    const compressed = gzipSync(exposition, { level: 1 });
    return new Response(compressed, { headers: { ...headers, "content-encoding": "gzip" } });
  };
}
