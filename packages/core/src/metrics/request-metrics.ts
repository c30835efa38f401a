import { Counter, Histogram, type Registry } from "prom-client";

/** Is told of every request that the API has answered. */
export interface RequestObserver {
  observeRequest(request: AnsweredRequest): void;
}

/** One request to the API. */
export interface AnsweredRequest {
  /** The pattern of the route, never the path that was asked for: a caller must not be able to make up series. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

// A healthy probe takes milliseconds, the kubelet's patience is a second by default, a backup takes minutes. Each bucket
// is a series for every route.
const durationBuckets = [0.005, 0.025, 0.1, 1, 10, 600];

/** Registers what is counted of requests. */
export function registerRequestMetrics(registry: Registry): RequestObserver {
  const registers = [registry];
  const total = new Counter({
    name: "instance_manager_http_requests_total",
    help: "Requests that the agent's API has answered.",
    labelNames: ["route", "method", "status"],
    registers,
  });
  // Without the status: the counter has it, and each value would cost a series for every bucket.
  const duration = new Histogram({
    name: "instance_manager_http_request_duration_seconds",
    help: "How long the agent's API took to answer.",
    labelNames: ["route", "method"],
    buckets: durationBuckets,
    registers,
  });
  return {
    observeRequest({ route, method, status, durationMs }) {
      total.inc({ route, method, status });
      duration.observe({ route, method }, durationMs / 1e3);
    },
  };
}
