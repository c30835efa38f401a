import { isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { type InfoSnapshot, readInfo } from "../redis/info.ts";
import type { RedisConnection } from "../redis/connection.ts";
import type { OwnAddress } from "../replication/own-address.ts";
import { parseReplicationStatus, type ReplicationStatus } from "../replication/status.ts";
import { createPersistenceEvents } from "./persistence-events.ts";
import { createReplicationEvents } from "./replication-events.ts";

/** Is told of what happens to a Redis, whoever made it happen. */
export interface RedisEventObserver {
  /** It is in another role than before. */
  roleChanged(to: ReplicationStatus["role"]): void;
  /** It is another process than before. */
  redisRestarted(): void;
}

/** What {@link createRedisEvents} needs. */
export interface RedisEventsDeps {
  readonly redis: RedisConnection;
  /** Under which addresses this instance is reached: one that follows itself waits to be told its role. */
  readonly own: OwnAddress;
  /** Size of the RDB file as it stands; never rejects. */
  readonly readSnapshotSizeBytes: () => Promise<number | undefined>;
  readonly observer: RedisEventObserver;
  readonly logger: Logger;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
}

/** A Redis whose events are noticed by looking at it again and again. */
export interface RedisEvents {
  /**
   * Reads the replication status, and logs and tells what has happened since the last time: role, link, replicas, loading,
   * saves, restarts.
   *
   * @throws InstanceError as `readStatus` of replication.
   */
  readStatus(): Promise<ReplicationStatus>;
}

// Not the default ones: clients can fill `errorstats` without an end, and 5,000 kinds of error cost Redis 1.1 ms a reply.
const sections = ["server", "persistence", "replication"] as const;

/** Creates a look at a Redis that has seen nothing yet. What passes between two looks is not noticed. */
export function createRedisEvents(deps: RedisEventsDeps): RedisEvents {
  const { redis, observer, logger } = deps;
  const noteReplication = createReplicationEvents(deps);
  let notePersistence = createPersistenceEvents(deps);
  let lastRunId: string | undefined;
  let takesSections = true;

  async function look(): Promise<InfoSnapshot> {
    if (!takesSections) return readInfo(redis);
    try {
      return await readInfo(redis, ...sections);
    } catch (error) {
      if (!isInstanceError(error) || error.code !== "REDIS_COMMAND_FAILED") throw error;
      // Redis before 7.0 takes one section, or all default ones. Asked once: each refusal counts among its errors.
      takesSections = false;
      return readInfo(redis);
    }
  }

  function noteRun(info: InfoSnapshot): void {
    const runId = info.get("run_id");
    if (runId === undefined || runId === lastRunId) return;
    if (lastRunId !== undefined) {
      logger.info({ runIdBefore: lastRunId, runId }, "Redis was started anew");
      observer.redisRestarted();
      // It may be a newer one.
      takesSections = true;
      // Its counters begin again.
      notePersistence = createPersistenceEvents(deps);
    }
    lastRunId = runId;
  }

  return {
    async readStatus() {
      const info = await look();
      const status = parseReplicationStatus(info);
      noteRun(info);
      noteReplication(status);
      notePersistence(info);
      return status;
    },
  };
}
