import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../logger.ts";
import { createWakeablePause } from "../wakeable-pause.ts";
import type { ReplicationStatus } from "../replication/status.ts";
import type { AskPeersOptions } from "./ask-peers.ts";
import {
  type IsolationObserver,
  type IsolationState,
  outcomeOf,
  toIsolationState,
} from "./isolation-state.ts";
import { createLivenessLog } from "./liveness-log.ts";
import { type LivenessReport, toLivenessReport } from "./liveness-report.ts";
import type { Peer } from "./peer.ts";
import { observeReach, type Reach, type ReachPorts } from "./reach.ts";
import { createRedisWatch, type RedisWatchDeps } from "./redis-watch.ts";
import type { SelfFencing } from "./self-fencing.ts";
import type { IsolationSettings } from "./settings.ts";

/** Watches in the background whether this instance is alive, and answers from memory. */
export interface IsolationMonitor {
  start(): void;
  stop(): void;
  /** What is known now, in a few milliseconds: the process is looked at once more, all else is as it was seen last. */
  report(): Promise<LivenessReport>;
  /** The replication status that Redis answered last; `undefined`: never. */
  status(): ReplicationStatus | undefined;
  /** What is known of isolation, from memory. */
  state(): IsolationState;
}

/** How often a monitor looks. Times in milliseconds. */
export interface MonitorPace {
  /** Between two looks at the process and the role, which cost no traffic. */
  readonly lookIntervalMs: number;
  /**
   * Within so long after a path was lost, a check begins that finds nothing any more: checks are this far apart, less
   * the head start and up to a tenth.
   */
  readonly checkIntervalMs: number;
  /** How long the peers alone are asked. */
  readonly headStartMs: number;
  /** Between two checks while the instance is isolated, or its writes are held until it is known to be the primary. */
  readonly troubledIntervalMs: number;
}

/** What a monitor asks. */
export interface IsolationMonitorDeps extends ReachPorts, RedisWatchDeps {
  readonly cluster: { peers(): readonly Peer[]; isolationSettings(): IsolationSettings };
  /** Unset: writes are never held, and what peers say of the primary doesn't matter. */
  readonly selfFencing:
    (SelfFencing & { readonly findObjection: () => AskPeersOptions["findObjection"] }) | undefined;
  readonly pace: MonitorPace;
  readonly observer?: IsolationObserver | undefined;
  readonly logger: Logger;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
}

// A look at the process takes well under a millisecond, unless the machine is in trouble. The first one is worth waiting
// for: it may have to ask Redis which process it is.
const longestLookMs = 5;
const longestFirstLookMs = 500;

/** Creates a monitor that has seen nothing yet: what isn't known speaks for life. */
export function createIsolationMonitor(deps: IsolationMonitorDeps): IsolationMonitor {
  const { cluster, selfFencing, pace, observer, logger, now } = deps;
  const watch = createRedisWatch(deps);
  const record = createLivenessLog({ peersPatienceMs: 2 * pace.checkIntervalMs, logger, now });
  const stopping = new AbortController();
  const { signal } = stopping;
  const checkPause = createWakeablePause(signal);
  let reach: Reach | undefined;

  const isIsolationEnabled = () => cluster.isolationSettings().enabled;
  const seesPrimary = () => {
    const { process, role } = watch.seen();
    return process.outcome === "running" && role.outcome === "primary";
  };

  const wasCutOff = () => {
    const { reason } = selfFencing?.writes() ?? {};
    return reason !== undefined && reason !== "unproven";
  };

  function makeReport(): LivenessReport {
    const isolation = isIsolationEnabled() ? "enabled" : "disabled";
    return toLivenessReport(
      { isolation, seen: watch.seen(), reach, writes: selfFencing?.writes() },
      { now: now() },
    );
  }

  async function pauseLooking(): Promise<void> {
    const dueAt = now() + pace.lookIntervalMs;
    await pause(pace.lookIntervalMs, undefined, { signal, ref: false });
    observer?.timerRan({ lateMs: now() - dueAt });
  }

  async function keepLooking(): Promise<void> {
    while (!signal.aborted) {
      const wasPrimary = seesPrimary();
      await watch.look();
      if (signal.aborted) return;
      if (!seesPrimary()) {
        // What was found out as a primary says nothing of the next time.
        reach = undefined;
        selfFencing?.release("the instance is no primary");
      } else if (!wasPrimary) {
        if (isIsolationEnabled()) selfFencing?.holdUntilChecked();
        checkPause.wake();
      }
      record(makeReport());
      await pauseLooking().catch(() => undefined);
    }
  }

  /** @returns Whether there is trouble whose end is to be noticed soon; one that was replaced waits for the operator. */
  async function check(): Promise<boolean> {
    const settings = cluster.isolationSettings();
    const asked = await observeReach(deps, {
      peers: cluster.peers(),
      settings,
      headStartMs: pace.headStartMs,
      isApiServerWanted: wasCutOff(),
      findObjection: selfFencing?.findObjection(),
      signal,
      now,
    });
    // Demoted or stopped in the meantime: nothing follows from it.
    if (signal.aborted || !seesPrimary()) return false;
    reach = asked;
    const report = makeReport();
    record(report);
    const found = { isIsolated: isIsolated(report), reach };
    const outcome = outcomeOf(reach, found);
    if (outcome !== undefined) observer?.isolationChecked(outcome);
    await selfFencing?.update(found, { timeoutMs: settings.apiServerTimeoutMs, signal });
    return found.isIsolated || (wasCutOff() && selfFencing?.writes().reason !== "superseded");
  }

  async function keepChecking(): Promise<void> {
    while (!signal.aborted) {
      const startedAt = now();
      if (!isIsolationEnabled()) selfFencing?.release("isolation is not watched for");
      const isTroubled = seesPrimary() && isIsolationEnabled() && (await check());
      const intervalMs = (pace.checkIntervalMs - pace.headStartMs) * (0.9 + Math.random() / 10);
      const restMs = startedAt + intervalMs - now();
      await checkPause.pause(isTroubled ? pace.troubledIntervalMs : Math.max(restMs, 0));
    }
  }

  return {
    start() {
      void keepLooking();
      void keepChecking();
    },
    stop() {
      stopping.abort();
      selfFencing?.stop();
    },
    async report() {
      const isFirst = watch.seen().process.outcome === "unknown";
      const longestMs = isFirst ? longestFirstLookMs : longestLookMs;
      await Promise.race([watch.lookAtProcess(), pause(longestMs, undefined, { ref: false })]);
      return makeReport();
    },
    status: () => watch.seen().status,
    state: () =>
      toIsolationState(
        {
          isWatched: isIsolationEnabled(),
          isIsolated: isIsolated(makeReport()),
          knownPeers: cluster.peers().length,
          reach,
          writes: selfFencing?.writes(),
        },
        { now: now() },
      ),
  };
}

function isIsolated({ verdict }: LivenessReport): boolean {
  return !verdict.alive && verdict.reason === "primary-isolated";
}
