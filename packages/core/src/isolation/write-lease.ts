import { type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";

/** What {@link createWriteLease} needs. */
export interface WriteLeaseDeps {
  /** Of its own: what is sent on one connection is carried out in its order. */
  readonly redis: Pick<RedisConnection, "send">;
  /** For how long Redis holds writes by itself. */
  readonly leaseMs: number;
  /** How often the lease is renewed while it is held, and its release tried again. Much less than `leaseMs`. */
  readonly renewMs: number;
  readonly logger: Logger;
  readonly now: () => number;
}

/** A hold on a Redis' writes that ends by itself when nobody renews it. */
export interface WriteLease {
  /** Holds writes from now on; clients wait. */
  hold(): void;
  /** Lets writes flow again, now or as soon as Redis can be told; at the latest the lease runs out. */
  release(): void;
  /** Ends renewing and tells Redis nothing. */
  stop(): void;
}

// Redis has not paused for sure; after a command without an answer it may.
const refusals: ReadonlySet<InstanceErrorCode> = new Set([
  "REDIS_COMMAND_FAILED",
  "REDIS_AUTH_FAILED",
  "REDIS_BUSY",
  "REDIS_LOADING",
]);

/**
 * Creates a lease by `CLIENT PAUSE … WRITE`.
 *
 * Redis knows one such pause, whoever asked for it: it lasts until the later end of all requests, and `CLIENT UNPAUSE`
 * ends it for all. So that is sent only while a pause of ours may last.
 *
 * @see https://redis.io/docs/latest/commands/client-pause/
 */
export function createWriteLease({ redis, leaseMs, renewMs, logger, now }: WriteLeaseDeps): WriteLease {
  let timer: NodeJS.Timeout | undefined;
  let heldUntil = 0;
  let isFailing = false;
  let queue: Promise<void> = Promise.resolve();

  function inOrder(step: () => Promise<void>): void {
    queue = queue.then(step);
  }

  async function attempt(command: readonly [string, ...string[]]): Promise<"done" | "refused" | "unknown"> {
    try {
      await redis.send(command);
      isFailing = false;
      return "done";
    } catch (error) {
      if (!isFailing)
        logger.warn({ err: error }, `${command.slice(0, 2).join(" ")} failed: it is tried again`);
      isFailing = true;
      return isInstanceError(error) && refusals.has(error.code) ? "refused" : "unknown";
    }
  }

  async function renew(): Promise<void> {
    const outcome = await attempt(["CLIENT", "PAUSE", String(leaseMs), "WRITE"]);
    if (outcome !== "refused") heldUntil = now() + leaseMs;
  }

  async function unpause(): Promise<void> {
    if (now() >= heldUntil) return end();
    const outcome = await attempt(["CLIENT", "UNPAUSE"]);
    if (outcome === "done") end();
  }

  function end(): void {
    heldUntil = 0;
    stop();
  }

  function repeat(step: () => Promise<void>): void {
    stop();
    inOrder(step);
    timer = setInterval(() => inOrder(step), renewMs).unref();
  }

  function stop(): void {
    clearInterval(timer);
  }

  return { hold: () => repeat(renew), release: () => repeat(unpause), stop };
}
