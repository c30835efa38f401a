import type { ExchangeOptions } from "../http-exchange.ts";
import type { Logger } from "../logger.ts";
import type { Reach } from "./reach.ts";
import { decideWriteHold, type HoldReason, type WriteHold, type WriteHoldObservation } from "./write-hold.ts";
import type { WriteLease } from "./write-lease.ts";

/** What a primary does about its own writes when it may no longer be the primary. */
export interface SelfFencing {
  /** Holds the writes of an instance that has just become the primary, until a check has found out how it stands. */
  holdUntilChecked(): void;
  /** Takes up what a check has found out about a primary; asks the API server at the most once, with a deadline. */
  update(
    found: { readonly isIsolated: boolean; readonly reach: Reach },
    options: ExchangeOptions,
  ): Promise<void>;
  /** Lets writes flow: the instance is no primary any more, or is none whose isolation counts. */
  release(because: string): void;
  writes(): HeldWrites;
  /** Ends renewing; a hold runs out by itself. */
  stop(): void;
}

/** Whether writes are held, since when, and why. */
export interface HeldWrites {
  readonly isHeld: boolean;
  readonly reason: HoldReason | undefined;
  readonly since: number;
}

/** What {@link createSelfFencing} needs. */
export interface SelfFencingDeps {
  readonly lease: WriteLease;
  readonly ownPodName: string;
  /** Where the RedisCluster is read; unset: there is none. */
  readonly observer:
    | {
        readCurrentPrimary(options: ExchangeOptions): Promise<string | undefined>;
        retryNow(): void;
      }
    | undefined;
  readonly logger: Logger;
  readonly now: () => number;
}

// An API server that answers and yet can't say who the primary is must not keep a healthy one from writing for ever.
const maxUnread = 3;

/** Creates a self-fencing that holds nothing. */
export function createSelfFencing({
  lease,
  ownPodName,
  observer,
  logger,
  now,
}: SelfFencingDeps): SelfFencing {
  let reason: HoldReason | undefined;
  let since = now();
  let unreadTimes = 0;

  async function readNamed(options: ExchangeOptions): Promise<WriteHoldObservation["named"]> {
    if (observer === undefined) return "not-asked";
    observer.retryNow();
    try {
      const podName = await observer.readCurrentPrimary(options);
      unreadTimes = 0;
      if (podName === undefined) return "nobody";
      return podName === ownPodName ? "this-pod" : "another-pod";
    } catch {
      unreadTimes += 1;
      return unreadTimes < maxUnread ? "unread" : "given-up";
    }
  }

  function apply(decision: WriteHold): void {
    if (!decision.hold) return release("the path has healed");
    if (reason === undefined) {
      since = now();
      lease.hold();
    }
    const { because } = decision;
    if (because !== "unproven" && because !== reason) {
      logger.error({ because }, "self-fencing: writes are held");
    }
    reason = because;
  }

  function release(because: string): void {
    if (reason === undefined) return;
    if (reason !== "unproven") {
      logger.info({ because, heldForMs: now() - since }, "self-fencing: writes flow again");
    }
    reason = undefined;
    since = now();
    unreadTimes = 0;
    lease.release();
  }

  return {
    async update({ isIsolated, reach }, options) {
      const apiServer = reach.apiServer.outcome;
      const doAllPeersObject = reach.objections.length > 0;
      const wasCutOff = reason !== undefined && reason !== "unproven";
      const mustAsk = wasCutOff && !isIsolated && apiServer === "reachable";
      const named = mustAsk ? await readNamed(options) : "not-asked";
      // It may have been demoted while the API server was asked.
      if (mustAsk && reason === undefined) return;
      apply(decideWriteHold({ isIsolated, apiServer, doAllPeersObject, heldBecause: reason, named }));
    },
    holdUntilChecked: () => apply({ hold: true, because: "unproven" }),
    release,
    writes: () => ({ isHeld: reason !== undefined, reason, since }),
    stop: () => lease.stop(),
  };
}
