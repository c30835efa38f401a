import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readS3Credentials } from "../backup/credentials.ts";
import { throttleProgress } from "../backup/progress.ts";
import { describeError, InstanceError } from "../errors.ts";
import { findDataFiles } from "../persistence/data-files.ts";
import { onDisk } from "./disk-error.ts";
import { requireSpace } from "./free-space.ts";
import { completePlacement, holdsSomething, placeStaged, removeStaging } from "./placement.ts";
import { type PreparedBackup, prepareBackup } from "./prepare-backup.ts";
import { endScratchServers, requireNoRedis } from "./redis-in-directory.ts";
import { lockDataDirectory } from "./restore-lock.ts";
import { isRestored, markerFile, readMarker, type RestoreMarker } from "./restore-marker.ts";
import { restoreNames } from "./restore-names.ts";
import type { RestoreDeps, RestoreOutcome, RestoreRequest } from "./restore-request.ts";
import { formatRestoreSource } from "./restore-source.ts";
import { createStoreReader } from "./store-reader.ts";

/**
 * Restores a backup, so that a Redis that is started on the data directory loads it.
 *
 * Nothing but the staging folder changes until the backup is complete, checked and in the form that Redis loads; then
 * names change and no content. Safe to run again: what was restored once is not restored again, so that live data is never
 * replaced by an old backup when a pod's init containers run anew; what was cut off is completed or begun anew.
 *
 * @throws InstanceError `RESTORE_DATA_EXISTS`, `RESTORE_DATA_IN_USE`, `RESTORE_SOURCE_INCOMPLETE`,
 * `RESTORE_DOWNLOAD_FAILED`, `RESTORE_ARTIFACT_INVALID`, `RESTORE_VERIFY_FAILED`, `RESTORE_NO_SPACE`,
 * `RESTORE_PLACEMENT_FAILED`, `RESTORE_ABORTED`, `BACKUP_CREDENTIALS_INVALID`, `BACKUP_METADATA_INVALID`,
 * `PROCESS_START_FAILED`.
 */
export async function restoreBackup(request: RestoreRequest, deps: RestoreDeps): Promise<RestoreOutcome> {
  const { dataDir } = request;
  const binary = deps.redisBinary;
  await onDisk(`making the data directory ${dataDir}`, () => mkdir(dataDir, { recursive: true }));
  await using _lock = await onDisk(`locking ${dataDir}`, () => lockDataDirectory(dataDir));

  const found = await readMarker(dataDir);
  const isCutOff = found?.state === "placing";
  if (isCutOff) await requireNoRedis(dataDir, { binary });
  const marker = await completePlacement(dataDir);
  await endScratchServers(dataDir, { binary });
  await removeStaging(dataDir);
  const source = formatRestoreSource(request.source);
  if (marker !== undefined && isRestored(marker, source)) {
    if (!(await isEmptied(request, marker))) {
      const isEarlier = marker.source !== source;
      return {
        status: isCutOff && !isEarlier ? "restored" : "already-restored",
        ...describeMarker(dataDir, marker),
        ...(isEarlier && { earlierSource: source }),
      };
    }
    deps.logger.warn(
      { source, dataDir },
      "this backup was restored before, but the data directory holds no data: it is restored anew",
    );
  }

  await requireReady(request, deps);
  const prepared = await prepare(request, deps);
  const placed = await place(request, { prepared, before: marker });
  return { status: "restored", ...describeMarker(dataDir, placed), ...prepared.verified };
}

/** Tells whether nothing is left of what was restored, under the names of then or of now. */
async function isEmptied({ dataDir, names }: RestoreRequest, { target }: RestoreMarker): Promise<boolean> {
  return await onDisk(`reading ${dataDir}`, async () => {
    const entries = await findDataFiles(dataDir, names);
    return entries.length === 0 && !(await holdsSomething(join(dataDir, target)));
  });
}

/** @throws InstanceError `RESTORE_DATA_IN_USE`, `RESTORE_DATA_EXISTS`. */
async function requireReady(
  { dataDir, names, isForced }: RestoreRequest,
  { redisBinary }: RestoreDeps,
): Promise<void> {
  await requireNoRedis(dataDir, { binary: redisBinary });
  const [entry] = isForced ? [] : await onDisk(`reading ${dataDir}`, () => findDataFiles(dataDir, names));
  if (entry === undefined) return;
  throw new InstanceError(
    "RESTORE_DATA_EXISTS",
    `restoring into ${dataDir} is refused: it holds ${entry}; --force moves what is there aside`,
  );
}

type Prepared = PreparedBackup & Pick<RestoreMarker, "checksumSha256" | "sizeBytes">;

/** Leaves nothing behind if it fails. */
async function prepare(request: RestoreRequest, deps: RestoreDeps): Promise<Prepared> {
  const { dataDir, source } = request;
  try {
    const prepared = await download(request, deps);
    // Since the first look the download has taken its time.
    await requireReady(request, deps);
    return prepared;
  } catch (cause) {
    await removeStaging(dataDir);
    if (!deps.signal.aborted) throw cause;
    throw new InstanceError(
      "RESTORE_ABORTED",
      `restoring ${formatRestoreSource(source)} was aborted: ${describeError(deps.signal.reason)}`,
      { cause },
    );
  }
}

async function download(request: RestoreRequest, deps: RestoreDeps): Promise<Prepared> {
  const { source, store, dataDir } = request;
  const { patience, signal, logger } = deps;
  const credentials = await readS3Credentials(deps.credentialsDir);
  using reader = createStoreReader({
    source,
    store,
    credentials,
    ...patience,
    timeoutMs: deps.downloadTimeoutMs ?? deps.redisTimeoutMs,
    signal,
    logger,
  });
  const metadata = await reader.readMetadata();
  const { sizeBytes, checksumSha256 } = metadata;
  // What an archive needs when it is unpacked shows only on the way.
  await requireSpace(dataDir, { neededBytes: sizeBytes, what: `restoring ${formatRestoreSource(source)}` });
  const prepared = await prepareBackup(reader.read({ sizeBytes }), {
    ...request,
    ...deps,
    form: request.isAppendOnly ? "append-only-directory" : "snapshot",
    metadata,
    onProgress: throttleProgress(deps.onProgress, () => performance.now()),
  });
  return { ...prepared, sizeBytes, checksumSha256 };
}

async function place(
  request: RestoreRequest,
  { prepared, before }: { readonly prepared: Prepared; readonly before: RestoreMarker | undefined },
): Promise<RestoreMarker> {
  const { dataDir, names } = request;
  const source = formatRestoreSource(request.source);
  const earlierSources = new Set(before && [...before.earlierSources, before.source]);
  earlierSources.delete(source);
  const { target, sizeBytes, checksumSha256 } = prepared;
  const entries = await onDisk(`reading ${dataDir}`, () => findDataFiles(dataDir, names));
  const restoredAt = new Date().toISOString();
  const folder = `${restoreNames.replacedPrefix}${restoredAt.replaceAll(/[:.]/g, "-")}`;
  return await placeStaged(dataDir, {
    source,
    checksumSha256,
    sizeBytes,
    earlierSources: [...earlierSources],
    restoredAt,
    target,
    ...(entries.length > 0 && { replaced: { folder, entries } }),
  });
}

function describeMarker(dataDir: string, marker: RestoreMarker): Omit<RestoreOutcome, "status"> {
  const { source, sizeBytes, target, restoredAt, replaced } = marker;
  return {
    source,
    sizeBytes,
    path: join(dataDir, target),
    markerFile: markerFile(dataDir),
    restoredAt,
    ...(replaced && { replacedFolder: join(dataDir, replaced.folder) }),
  };
}
