import { routes } from "@redis-operator/client/contract";
import { backupOperations } from "./backup-operations.ts";
import type { Operation, Operations } from "./operation.ts";
import { probeOperations } from "./probe-operations.ts";
import { replicationOperations } from "./replication-operations.ts";

const etag = { name: "ETag", description: "Of the document's bytes.", example: '"4f1c2b"' };

// A route that is new doesn't compile until it stands here.
const operations: Operations = {
  ...probeOperations,
  ...replicationOperations,
  ...backupOperations,
  metrics: {
    tag: "observation",
    summary: "Metrics for Prometheus",
    description:
      "Text format 0.0.4, from one `INFO`, with the labels `cluster`, `namespace` and `pod` on every series. A Redis that is down is a 200 with `redis_up 0`.",
    replies: [
      {
        status: 200,
        description: "The metrics.",
        text: [
          '# HELP redis_up Whether Redis answered this scrape.\n# TYPE redis_up gauge\nredis_up{cluster="cache",namespace="default",pod="cache-0"} 1\n',
        ],
        textType: "text/plain; version=0.0.4; charset=utf-8",
      },
    ],
    errors: { form: "json", codes: [] },
    curl: "curl -sS http://$POD_IP:8080/metrics",
  },
  openapi: {
    tag: "observation",
    summary: "This description",
    description: "OpenAPI 3.1, of the version that answers. Asks its callers for what any other read does.",
    headers: [
      {
        name: "If-None-Match",
        description: "The `ETag` of a copy: 304 without a body if it is still the same.",
        example: etag.example,
      },
    ],
    replies: [
      {
        status: 200,
        description: "The document.",
        json: { component: undefined, example: { openapi: "3.1.1" } },
        headers: [etag],
      },
      { status: 304, description: "The copy is still the same.", headers: [etag] },
    ],
    errors: { form: "json", codes: [] },
    curl: "curl -sS http://$POD_IP:8080/openapi.json",
  },
};

/** A route and what is said of it. */
export interface Endpoint {
  readonly operationId: string;
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly operation: Operation;
}

/** Every endpoint of an instance manager, in the order of the contract. */
export const endpoints: readonly Endpoint[] = Object.keys(routes)
  .filter(isRouteName)
  .map((operationId) => {
    const { method, path } = routes[operationId];
    const template = path.replaceAll(/:(\w+)/g, "{$1}");
    return { operationId, method, path: template, operation: operations[operationId] };
  });

function isRouteName(name: string): name is keyof typeof routes {
  return Object.hasOwn(routes, name);
}
