import type { ServerResponse } from "node:http";
import type { ApiObject, KubernetesStore } from "./kubernetes-store.ts";

/** The page of a list that a query asks for. */
export function listPage(
  items: readonly ApiObject[],
  { query, store }: { readonly query: URLSearchParams; readonly store: KubernetesStore },
): unknown {
  const start = Number(query.get("continue") ?? 0);
  const end = start + Number(query.get("limit") ?? items.length);
  const next = end < items.length ? { continue: String(end) } : {};
  return {
    kind: "List",
    metadata: { resourceVersion: store.version(), ...next },
    items: items.slice(start, end),
  };
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  429: "TooManyRequests",
  500: "InternalError",
};

/** Refuses as the API server does. */
export function sendStatus(response: ServerResponse, code: number): void {
  sendJson(response, code, { kind: "Status", code, reason: reasons[code], message: `refused with ${code}` });
}

/** Answers JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
