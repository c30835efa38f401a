import type { IncomingMessage, ServerResponse } from "node:http";
import { sendJson, sendStatus } from "./kubernetes-reply.ts";
import type { ApiObject, KubernetesStore } from "./kubernetes-store.ts";

/** Which RedisCluster a patch is for, and which part of it: the status is a subresource. */
export interface PatchTarget {
  readonly name: string;
  readonly isStatus: boolean;
}

/** Reads `cache` or `cache/status`, as it stands behind the collection in a path. */
export function parsePatchTarget(path: string): PatchTarget {
  const [name = "", subresource] = path.split("/");
  return { name, isStatus: subresource === "status" };
}

/**
 * Applies a JSON merge patch to a RedisCluster as the API server does: all but the status, or the status alone, and only if the
 * `resourceVersion` that it names is the present one.
 *
 * @returns The object after it, or the HTTP status of the refusal.
 */
export function patchRedisCluster({
  store,
  name,
  isStatus,
  patch,
}: PatchTarget & { readonly store: KubernetesStore; readonly patch: unknown }): ApiObject | number {
  const found = store.find("redisclusters", name);
  if (found === undefined) return 404;
  if (!isRecord(patch)) return 400;
  const version = fieldsOf(patch["metadata"])["resourceVersion"];
  if (version !== undefined && version !== fieldsOf(found["metadata"])["resourceVersion"]) return 409;
  const { status, ...rest } = patch;
  store.replace("redisclusters", name, fieldsOf(merge(found, isStatus ? { status } : rest)));
  return store.find("redisclusters", name) ?? 404;
}

/** Answers a `PATCH` of a RedisCluster. */
export async function answerPatch(
  request: IncomingMessage,
  response: ServerResponse,
  {
    onPatched,
    ...target
  }: PatchTarget & { readonly store: KubernetesStore; readonly onPatched: (() => void) | undefined },
): Promise<void> {
  const patched = patchRedisCluster({ ...target, patch: await readJson(request) });
  if (typeof patched === "number") return sendStatus(response, patched);
  onPatched?.();
  sendJson(response, 200, patched);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString());
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = { ...fieldsOf(target) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
