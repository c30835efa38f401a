import { setTimeout as pause } from "node:timers/promises";
import {
  createTemporaryDirectory,
  readProcessMemory,
  startManager,
  startRedisServer,
} from "@redis-operator/testbed";
import { backUp, writeCredentials } from "../backup/back-up.ts";
import { createFiller } from "../backup/fill.ts";
import { sampleMemory } from "../backup/sample-memory.ts";
import { startSinkStore } from "../backup/sink-store.ts";

/** Resident memory of the instance manager around a backup, in MB of 10⁶ bytes. */
export interface BackupMeasurement {
  readonly beforeMb: number;
  /** The most that all its processes together had, pages that they share counted once. */
  readonly peakPssMb: number;
  /** At once after the backup. */
  readonly afterMb: number;
  readonly minuteLaterMb: number;
}

const settledMs = 6_000;
const minuteMs = 60_000;

/** Backs up a Redis (method rdb, over TLS) from a new manager, as often as asked for. */
export async function measureBackups(options: {
  readonly fileBytes: number;
  readonly runs: number;
}): Promise<readonly BackupMeasurement[]> {
  await using scratch = await createTemporaryDirectory("footprint");
  await using redis = await startRedisServer();
  await createFiller(redis, "mixed").fill(options.fileBytes);
  await using store = await startSinkStore({ transport: "https", dir: scratch.path });
  const credentialsDir = await writeCredentials(store, scratch.path);

  async function measure(run: number): Promise<BackupMeasurement> {
    await using manager = await startManager({
      app: "instance-manager",
      env: {
        REDIS_SUPERVISE: "false",
        REDIS_PORT: String(redis.port),
        DATA_DIR: redis.dir,
        BACKUP_CREDENTIALS_DIR: credentialsDir,
        LOG_LEVEL: "warn",
      },
    });
    const { pid } = manager.process;
    await pause(settledMs);
    const before = readProcessMemory(pid);
    const memory = sampleMemory(pid);
    await backUp(manager.url, { backupName: `run-${run}`, method: "rdb", store });
    const { pssMb } = memory.stop();
    const after = readProcessMemory(pid);
    await pause(minuteMs);
    return {
      beforeMb: before.rssMb,
      peakPssMb: pssMb,
      afterMb: after.rssMb,
      minuteLaterMb: readProcessMemory(pid).rssMb,
    };
  }

  const measurements: BackupMeasurement[] = [];
  for (let run = 0; run < options.runs; run += 1) measurements.push(await measure(run));
  return measurements;
}
