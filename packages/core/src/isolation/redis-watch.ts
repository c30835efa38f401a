import { describeError, type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { ReplicationStatus } from "../replication/status.ts";
import type { Observed } from "./reach.ts";
import type { LivenessObservation } from "./verdict.ts";

/** The redis-server process beside the manager. */
export interface WatchedProcess {
  /** Never rejects. */
  isRunning(): Promise<boolean>;
  /** Whether it is to run now; one that isn't is kept down on purpose. Unset: always. */
  isMeantToRun?(): boolean;
}

/** What {@link createRedisWatch} looks at. */
export interface RedisWatchDeps {
  readonly process: WatchedProcess;
  /** The replication status that Redis reports now, with a deadline of its own; rejects if it can't be read. */
  readonly readStatus: () => Promise<ReplicationStatus>;
  /** For how long Redis may answer nothing; unset: for ever. */
  readonly hungTimeoutMs: number | undefined;
  readonly now: () => number;
}

/** What was seen of a Redis when it was last looked at. */
export interface RedisSeen {
  readonly process: Observed<LivenessObservation["process"]>;
  readonly redis: LivenessObservation["redis"];
  readonly role: Observed<LivenessObservation["role"]>;
  /** As it was last read; `undefined`: never. */
  readonly status: ReplicationStatus | undefined;
}

/** Looks at a Redis and remembers what it saw. */
export interface RedisWatch {
  /** Looks at the process and asks Redis for its role; never rejects, and takes no longer than `readStatus` does. */
  look(): Promise<void>;
  /** Looks at the process alone. */
  lookAtProcess(): Promise<void>;
  seen(): RedisSeen;
}

// All else is an answer, if only that it can't say now: BUSY with a script, LOADING, a password it doesn't take.
const silences: ReadonlySet<InstanceErrorCode> = new Set(["REDIS_TIMED_OUT", "REDIS_UNREACHABLE"]);

/**
 * Creates a watch that has seen nothing yet.
 *
 * A role that can't be read (Redis is hung, or runs a long script) is the one that was read last: that Redis is silent
 * proves neither isolation nor its absence.
 */
export function createRedisWatch({ process, readStatus, hungTimeoutMs, now }: RedisWatchDeps): RedisWatch {
  const createdAt = now();
  let processSeen: RedisSeen["process"] = { outcome: "unknown", startedAt: createdAt, endedAt: createdAt };
  let role: RedisSeen["role"] = { outcome: "unknown", startedAt: createdAt, endedAt: createdAt };
  let status: ReplicationStatus | undefined;
  let silentSince: number | undefined;

  async function lookAtProcess(): Promise<void> {
    const startedAt = now();
    const isRunning = await process.isRunning();
    const isMeantToRun = process.isMeantToRun?.() ?? true;
    const ofMeant = isRunning ? "running" : "not-running";
    processSeen = { outcome: isMeantToRun ? ofMeant : "kept-down", startedAt, endedAt: now() };
  }

  async function lookAtRedis(): Promise<void> {
    const startedAt = now();
    try {
      status = await readStatus();
      role = { outcome: status.role, startedAt, endedAt: now() };
      silentSince = undefined;
    } catch (error) {
      const why = describeError(error);
      role =
        status === undefined
          ? { ...role, detail: why, endedAt: now() }
          : { ...role, detail: `as read last: ${why}` };
      const isSilent = !isInstanceError(error) || silences.has(error.code);
      silentSince = isSilent ? (silentSince ?? startedAt) : undefined;
    }
  }

  return {
    lookAtProcess,
    async look() {
      await lookAtProcess();
      if (processSeen.outcome === "running") return lookAtRedis();
      // Another one will answer for itself.
      silentSince = undefined;
      status = undefined;
      role = { outcome: "unknown", startedAt: processSeen.startedAt, endedAt: processSeen.endedAt };
    },
    seen() {
      const silentMs = silentSince === undefined ? 0 : now() - silentSince;
      const isHung = hungTimeoutMs !== undefined && silentMs > hungTimeoutMs;
      return { process: processSeen, redis: isHung ? "hung" : "answering", role, status };
    },
  };
}
