import type { JobObservations } from "../persistence/background-job.ts";
import {
  type InfoSnapshot,
  optionalInteger,
  parseInfoPairs,
  requireField,
  requireInteger,
} from "../redis/info.ts";
import type { BackupMetadata } from "./backup-metadata.ts";
import type { KeyCounts } from "./backup-request.ts";

/** What a backup's metadata says of the Redis that it was made from. */
export type RedisFacts = Pick<
  BackupMetadata,
  | "redisVersion"
  | "server"
  | "replicationId"
  | "replicationOffset"
  | "keyCounts"
  | "keyCountsAfter"
  | "writesDuringBackup"
>;

/**
 * Takes from `INFO` what a backup remembers of its Redis.
 *
 * @throws InstanceError `REDIS_REPLY_INVALID` if a field is missing or garbled.
 */
export function readRedisFacts({ before, after }: JobObservations): RedisFacts {
  // Valkey reports the Redis version that it is compatible with, and its own beside it.
  const valkeyVersion = before.get("valkey_version");
  return {
    redisVersion: valkeyVersion ?? requireField(before, "redis_version"),
    server: valkeyVersion === undefined ? "redis" : "valkey",
    replicationId: requireField(before, "master_replid"),
    replicationOffset: requireInteger(before, "master_repl_offset"),
    keyCounts: readKeyCounts(before),
    keyCountsAfter: readKeyCounts(after),
    writesDuringBackup: hasWritten(before, after),
  };
}

/** Tells whether keys were written, expired or evicted between two looks; `undefined` where `INFO` doesn't count that. */
function hasWritten(before: InfoSnapshot, after: InfoSnapshot): boolean | undefined {
  const changes = optionalInteger(after, "rdb_changes_since_last_save");
  const saves = optionalInteger(after, "rdb_saves");
  if (changes === undefined || saves === undefined) return undefined;
  const isUnmoved = (field: string) => optionalInteger(before, field) === optionalInteger(after, field);
  // A save sets the changes back to those since its fork.
  const isQuiet = isUnmoved("rdb_saves") ? isUnmoved("rdb_changes_since_last_save") : changes === 0;
  return !(isQuiet && isUnmoved("expired_keys") && isUnmoved("evicted_keys"));
}

/** Takes the number of keys in each database from `INFO keyspace`. @throws InstanceError `REDIS_REPLY_INVALID`. */
export function readKeyCounts(info: InfoSnapshot): KeyCounts {
  const databases = Array.from(info).filter(([field]) => /^db\d+$/.test(field));
  return Object.fromEntries(
    databases.map(([database, value]) => [database, requireInteger(parseInfoPairs(value), "keys")]),
  );
}
