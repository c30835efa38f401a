import { setTimeout as sleep } from "node:timers/promises";
import { describeError, InstanceError, type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { type InfoSnapshot, optionalInteger, readInfo, requireField, requireInteger } from "../redis/info.ts";
import type { JobProduct } from "./job-product.ts";

/** A job that Redis does in a forked child, and where `INFO` tells how it goes. */
export interface BackgroundJob {
  readonly command: "BGSAVE" | "BGREWRITEAOF";
  /** What the job is for, in words that a message starts with. */
  readonly purpose: string;
  readonly failureCode: InstanceErrorCode;
  /** Flags that are all 0 once an accepted command has been carried out. */
  readonly pendingFields: readonly string[];
  readonly statusField: string;
  /** Counts the jobs started since the server did; servers older than 7.0 lack it. */
  readonly counterField: string;
  readonly product: JobProduct;
}

/** How a background job is waited for. */
export interface BackgroundJobOptions {
  /** Longest pause between two `INFO` reads, in milliseconds. */
  readonly pollIntervalMs: number;
  /** For everything: becoming idle, being accepted, ending. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Is told when Redis has accepted the job. */
  readonly onAccepted?: (() => void) | undefined;
}

/** What `INFO` said right before a job was asked for, and when it had ended. */
export interface JobObservations {
  readonly before: InfoSnapshot;
  readonly after: InfoSnapshot;
}

// A short job is seen at once; the pauses double up to the interval.
const firstPauseMs = 10;

// Redis forks one child at a time, whatever it is for.
const idleFields = ["rdb_bgsave_in_progress", "aof_rewrite_in_progress", "aof_rewrite_scheduled"];

const transientCodes: ReadonlySet<InstanceErrorCode> = new Set([
  "REDIS_BUSY",
  "REDIS_TIMED_OUT",
  "REDIS_LOADING",
]);

/**
 * Waits until Redis is idle, starts the job, and returns once it is proven that it ended well: nothing pending, the
 * counter moved, the status `ok`, all in one and the same process with one and the same data set, and a new product.
 *
 * Where the counter is missing, an accepted command that is no longer pending is the proof: Redis answers `BGSAVE`
 * after the fork, with the flag set.
 *
 * @throws InstanceError with the job's `failureCode`; the reason of `signal` if that aborts.
 * @see https://redis.io/docs/latest/commands/info/ section Persistence
 */
export async function runBackgroundJob(
  redis: RedisConnection,
  job: BackgroundJob,
  options: BackgroundJobOptions,
): Promise<JobObservations> {
  const wait = { ...options, deadline: performance.now() + options.timeoutMs };
  const { before, version } = await trigger(redis, job, wait);
  options.onAccepted?.();
  const after = await pollInfo(redis, (info) => hasEnded(job, { before, info }), {
    ...wait,
    awaited: `the end of ${job.command}`,
  });
  const status = requireField(after, job.statusField);
  if (status !== "ok") {
    throw new Error(
      `${job.command} on Redis at ${redis.address} ended with ${job.statusField}=${status}; its log says why`,
    );
  }
  if (!isSameDataSet(before, after)) {
    throw new Error(`Redis at ${redis.address} took over another data set before ${job.command} ended`);
  }
  if ((await job.product.readVersion()) === version) {
    throw new Error(
      `${job.command} on Redis at ${redis.address} left ${job.product.what} as it was: Redis ended the job itself, as it does for FLUSHALL`,
    );
  }
  return { before, after };
}

/**
 * Runs `action` and gives what it throws the code of the job it belongs to.
 *
 * Left alone are the reason of an abort and errors whose code says more (`AOF_DISABLED`).
 */
export async function withFailureCode<Value>(
  { purpose, failureCode }: Pick<BackgroundJob, "purpose" | "failureCode">,
  signal: AbortSignal,
  action: () => Promise<Value>,
): Promise<Value> {
  try {
    signal.throwIfAborted();
    return await action();
  } catch (cause) {
    signal.throwIfAborted();
    if (isInstanceError(cause) && cause.code === "AOF_DISABLED") throw cause;
    throw new InstanceError(failureCode, `${purpose} failed: ${describeError(cause)}`, { cause });
  }
}

interface Wait extends BackgroundJobOptions {
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
}

/** Starts the job; returns what `INFO` said right before, and the version of the product then. */
async function trigger(
  redis: RedisConnection,
  job: BackgroundJob,
  wait: Wait,
): Promise<{ readonly before: InfoSnapshot; readonly version: string }> {
  const awaited = `Redis to accept ${job.command}`;
  const pause = createPause({ ...wait, awaited });
  for (;;) {
    const before = await pollInfo(redis, isIdle, { ...wait, awaited });
    try {
      // Nothing was written at that moment, so whatever replaces this was begun after it.
      const version = await job.product.readVersion();
      await redis.send([job.command]);
      return { before, version };
    } catch (error) {
      if (!isTransient(error) && !isRefusedForAnotherChild(error)) throw error;
      await pause(error);
    }
  }
}

async function pollInfo(
  redis: RedisConnection,
  isReached: (info: InfoSnapshot) => boolean,
  wait: Wait & { readonly awaited: string },
): Promise<InfoSnapshot> {
  const pause = createPause(wait);
  for (;;) {
    let trouble: unknown;
    try {
      // All default sections in one reply: the run id and the flags then belong to the same moment.
      const info = await readInfo(redis);
      if (isReached(info)) return info;
    } catch (error) {
      if (!isTransient(error)) throw error;
      trouble = error;
    }
    await pause(trouble);
  }
}

function createPause({ pollIntervalMs, timeoutMs, deadline, signal, awaited }: Wait & { awaited: string }) {
  let pauseMs = firstPauseMs;
  return async (trouble: unknown) => {
    signal.throwIfAborted();
    if (performance.now() >= deadline) {
      const why = trouble === undefined ? "" : `: ${describeError(trouble)}`;
      throw new Error(`waited ${timeoutMs} ms for ${awaited}${why}`, { cause: trouble });
    }
    await sleep(Math.min(pauseMs, pollIntervalMs), undefined, { signal });
    pauseMs *= 2;
  };
}

function hasEnded(
  job: BackgroundJob,
  { before, info }: { readonly before: InfoSnapshot; readonly info: InfoSnapshot },
): boolean {
  if (requireField(info, "run_id") !== requireField(before, "run_id")) {
    throw new Error(`Redis restarted before ${job.command} ended`);
  }
  if (job.pendingFields.some((field) => requireInteger(info, field) !== 0)) return false;
  const counted = optionalInteger(before, job.counterField);
  if (counted === undefined || requireInteger(info, job.counterField) > counted) return true;
  // A scheduled rewrite whose fork fails is over without having been counted.
  return requireField(info, job.statusField) !== "ok";
}

/** A full sync gives Redis the data and the replication id of its primary; a promotion keeps the old id as the second. */
function isSameDataSet(before: InfoSnapshot, after: InfoSnapshot): boolean {
  const id = requireField(before, "master_replid");
  return [after.get("master_replid"), after.get("master_replid2")].includes(id);
}

function isIdle(info: InfoSnapshot): boolean {
  return idleFields.every((field) => requireInteger(info, field) === 0);
}

function isTransient(error: unknown): boolean {
  return isInstanceError(error) && transientCodes.has(error.code);
}

function isRefusedForAnotherChild(error: unknown): boolean {
  return (
    isInstanceError(error) &&
    error.code === "REDIS_COMMAND_FAILED" &&
    /already in progress|another child process/i.test(error.message)
  );
}
