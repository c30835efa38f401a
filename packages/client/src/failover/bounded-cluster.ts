import { FailoverError } from "./failover-error.ts";
import { requireNotAborted } from "./poll.ts";
import type { ClusterPort } from "./ports.ts";

/** A {@link ClusterPort} of which every call has its deadline. */
export interface BoundedCluster {
  read(): ReturnType<ClusterPort["read"]>;
  fence(instance: string): Promise<void>;
  unfence(instance: string): Promise<void>;
  namePrimary(instance: string, previous: string | undefined): Promise<void>;
  redisAddress(instance: string): ReturnType<ClusterPort["redisAddress"]>;
  isGone(instance: string): Promise<boolean>;
}

/** How long each call may take. */
export interface BoundedClusterOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Puts a deadline around every call. It ends in time even if the port ignores its signal.
 *
 * Its methods throw what the port throws; FailoverError `STEP_TIMED_OUT`, `PLAN_ABORTED`.
 */
export function boundCluster(cluster: ClusterPort, options: BoundedClusterOptions): BoundedCluster {
  const within = <Value>(what: string, call: (signal: AbortSignal) => Promise<Value>) =>
    runWithin(call, { what, ...options });
  return {
    read: () => within("reading the RedisCluster", (signal) => cluster.read({ signal })),
    fence: (instance) => within(`fencing ${instance}`, (signal) => cluster.fence(instance, { signal })),
    unfence: (instance) =>
      within(`lifting the fence of ${instance}`, (signal) => cluster.unfence(instance, { signal })),
    namePrimary: (instance, previous) =>
      within(`naming ${instance}`, (signal) => cluster.namePrimary(instance, { previous, signal })),
    redisAddress: (instance) =>
      within(`reading the address of ${instance}`, (signal) => cluster.redisAddress(instance, { signal })),
    isGone: (instance) =>
      within(`asking whether ${instance} is gone`, async (signal) => {
        return (await cluster.isGone?.(instance, { signal })) ?? false;
      }),
  };
}

async function runWithin<Value>(
  call: (signal: AbortSignal) => Promise<Value>,
  { what, timeoutMs, signal }: BoundedClusterOptions & { readonly what: string },
): Promise<Value> {
  requireNotAborted(signal);
  const controller = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
  });
  const onAbort = () => {
    const cause = signal?.reason;
    controller.abort(new FailoverError("PLAN_ABORTED", `${what} was aborted by its caller`, { cause }));
  };
  const onTimeout = () => {
    controller.abort(new FailoverError("STEP_TIMED_OUT", `${what} took more than ${timeoutMs} ms`));
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(onTimeout, timeoutMs);
  try {
    return await Promise.race([call(controller.signal), interrupted]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}
