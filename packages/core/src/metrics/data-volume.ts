import { stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "../redis/config-get.ts";
import type { RedisConnection } from "../redis/connection.ts";

/** How full the volume is that Redis' data lies on. */
export interface DataVolumeUsage {
  readonly sizeBytes: number;
  /** What a process that isn't root may still write. */
  readonly availableBytes: number;
  /** Of the RDB file; `undefined`: there is none. */
  readonly snapshotSizeBytes: number | undefined;
}

/** Looks at the volume that Redis' data lies on. */
export interface DataVolume {
  /**
   * @returns `undefined` if there is no such directory on this side, or the volume hangs. Never rejects, and takes no longer
   * than its deadline.
   */
  read(): Promise<DataVolumeUsage | undefined>;
}

/** What {@link createDataVolume} needs. */
export interface DataVolumeDeps {
  /** Names the directory and the file; with deadlines well under a second. */
  readonly redis: RedisConnection;
  /** Where they are looked for until Redis has named them. */
  readonly dataDir: string;
  /** A clock that never goes back, in milliseconds. */
  readonly now: () => number;
}

// A volume that works answers in microseconds, and Redis' own silence is noticed by its connection.
const timeoutMs = 1_000;
// Both can be changed while Redis runs, which nobody does often.
const locationMaxAgeMs = 60_000;

/**
 * Creates the look at a volume. One look at a time: each that hangs holds a thread of the few that all file access of the
 * process shares, so that callers share the one that is under way.
 */
export function createDataVolume({ redis, dataDir, now }: DataVolumeDeps): DataVolume {
  let location = { dir: dataDir, snapshot: "dump.rdb" };
  let locatedAt = -Infinity;
  let underWay: Promise<DataVolumeUsage | undefined> | undefined;

  async function locate(): Promise<void> {
    if (now() - locatedAt < locationMaxAgeMs) return;
    const names = await readConfig(redis, ["dir", "dbfilename"]);
    location = {
      dir: names.get("dir") ?? location.dir,
      snapshot: names.get("dbfilename") ?? location.snapshot,
    };
    locatedAt = now();
  }

  async function look(): Promise<DataVolumeUsage | undefined> {
    // Where it was last is where it is, while Redis doesn't answer.
    await locate().catch(() => undefined);
    const { dir, snapshot } = location;
    try {
      const { bsize, blocks, bavail } = await statfs(dir);
      const file = await stat(join(dir, snapshot)).catch(() => undefined);
      return { sizeBytes: blocks * bsize, availableBytes: bavail * bsize, snapshotSizeBytes: file?.size };
    } catch {
      return undefined;
    }
  }

  return {
    async read() {
      underWay ??= look().finally(() => (underWay = undefined));
      const late = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
      const usage = await Promise.race([underWay, late.promise]);
      clearTimeout(timer);
      return usage;
    },
  };
}
