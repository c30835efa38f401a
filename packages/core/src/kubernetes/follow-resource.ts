import { describeError, isInstanceError } from "../errors.ts";
import type { ExchangeOptions } from "../http-exchange.ts";
import type { Logger } from "../logger.ts";
import type { KubernetesApi } from "./api.ts";
import { type ObserverPace, retryPauseMs, spread } from "./observer-pace.ts";
import { refusalOf } from "./refusal.ts";
import type { WakeablePause } from "../wakeable-pause.ts";
import type { WatchEvent } from "./watch-event.ts";
import { type WatchPosition, watchResource } from "./watch-resource.ts";

/** A resource that is followed: read once, then watched. */
export interface FollowedResource {
  /** For the log. */
  readonly what: string;
  /** Reads it whole and takes it up. @returns From where a watch goes on. */
  read(options: ExchangeOptions): Promise<WatchPosition>;
  watchPath(query: Readonly<Record<string, string>>): string;
  /** Takes up a change. Events may repeat what is known. Never throws. */
  take(event: WatchEvent): void;
}

/** What {@link followResource} needs. */
export interface FollowOptions {
  readonly pace: ObserverPace;
  /** Ends the following. */
  readonly signal: AbortSignal;
  readonly pauses: WakeablePause;
  /** Called whenever the API server has confirmed that what was taken up is how things are. */
  readonly onConfirmed: () => void;
  readonly logger: Logger;
}

// The account may not watch, or what answers knows no watches.
const unwatchableStatuses: ReadonlySet<number | undefined> = new Set([400, 403, 404, 405, 406, 422, 501]);
const goneStatus = 410;

// The place where a watch is to go on may itself be what fails.
const longestResumption = 3;

// An API server that has just started doesn't know the roles yet, and refuses for a moment what it grants.
const toleratedRefusals = 3;

/**
 * Follows a resource until it is told to end; never rejects. What was taken up last stays valid through every failure,
 * which is logged when it begins, changes its kind, or ends.
 *
 * A watch that ended or broke goes on where it was; one that can't (410 Gone), and one that was silent for too long,
 * begins with another read. Where watching is refused, the resource is read at an interval; if it has worked before, only
 * after a few more attempts.
 */
export async function followResource(
  api: KubernetesApi,
  resource: FollowedResource,
  { pace, signal, pauses, onConfirmed, logger }: FollowOptions,
): Promise<void> {
  const { what } = resource;
  let position: WatchPosition | undefined;
  let isWatchable = true;
  let refusalsLeft = 0;
  let refusedAt: number | undefined;
  let failures = 0;
  let failureKind: string | undefined;

  function reportSuccess(): void {
    if (failureKind !== undefined) logger.info({ what }, "reading from Kubernetes works again");
    failureKind = undefined;
  }

  async function retryLater(error: unknown): Promise<void> {
    const refusal = refusalOf(error);
    const kind = [isInstanceError(error) ? error.code : describeError(error), refusal?.status].join(" ");
    if (failureKind !== kind) {
      logger.warn({ what, err: error }, "reading from Kubernetes failed: what was read last stays valid");
    }
    failureKind = kind;
    if (failures >= longestResumption) position = undefined;
    await pauseAfterFailure(refusal?.retryAfterMs);
  }

  async function pauseAfterFailure(retryAfterMs?: number): Promise<void> {
    failures += 1;
    await pauses.pause(retryPauseMs(pace, { failures, retryAfterMs, random: Math.random() }));
  }

  async function watch(from: WatchPosition): Promise<void> {
    const startedAt = performance.now();
    try {
      const outcome = await watchResource(api, {
        from,
        path: (query) => resource.watchPath(query),
        pace,
        signal,
        onOpen() {
          refusalsLeft = toleratedRefusals;
          refusedAt = undefined;
          reportSuccess();
        },
        onEvent(event) {
          position = { resourceVersion: event.resourceVersion ?? position?.resourceVersion };
          if (event.type !== "BOOKMARK") resource.take(event);
          onConfirmed();
        },
      });
      if (outcome === "ended") onConfirmed();
      else position = undefined;
    } finally {
      if (performance.now() - startedAt > pace.longestRetryMs) failures = 0;
    }
    // Something in between that ends every watch at once must not make us ask without a pause.
    if (performance.now() - startedAt < pace.firstRetryMs) await pauseAfterFailure();
  }

  /** Decides what a watch that failed means for the next one. @throws `error` if it is to be tried again as it was. */
  async function takeWatchFailure(error: unknown): Promise<void> {
    const status = refusalOf(error)?.status;
    const isNoWatch = isInstanceError(error) && error.code === "KUBERNETES_REPLY_INVALID";
    if (status === goneStatus) {
      position = undefined;
      return pauseAfterFailure();
    }
    const isRefused = unwatchableStatuses.has(status);
    if (!isRefused && !isNoWatch) throw error;
    if (isRefused && refusalsLeft > 0) {
      refusalsLeft -= 1;
      throw error;
    }
    if (refusedAt === undefined) {
      const { pollMs } = pace;
      logger.warn({ what, pollMs, err: error }, "watching isn't possible: reading at an interval instead");
    }
    isWatchable = false;
    refusedAt = performance.now();
  }

  async function poll(): Promise<void> {
    failures = 0;
    position = undefined;
    await pauses.pause(spread(pace.pollMs, Math.random()));
    isWatchable = refusedAt === undefined || performance.now() - refusedAt > pace.watchAgainMs;
  }

  while (!signal.aborted) {
    try {
      if (position === undefined) {
        position = await resource.read({ timeoutMs: pace.requestTimeoutMs, signal });
        onConfirmed();
        reportSuccess();
      }
      if (isWatchable) await watch(position).catch(takeWatchFailure);
      if (!isWatchable) await poll();
    } catch (error) {
      if (!signal.aborted) await retryLater(error);
    }
  }
}
