import { readFile } from "node:fs/promises";
import type { Handler } from "hono";

/** What {@link openapiRoute} needs. */
export interface OpenapiDeps {
  /** The document, as JSON. */
  readonly file: string;
}

/** `GET /openapi.json`: this API in OpenAPI 3.1. Read anew for the few who ask, so that it takes no memory from Redis. */
export function openapiRoute({ file }: OpenapiDeps): Handler {
  return async () => new Response(await readFile(file), { headers: { "content-type": "application/json" } });
}
