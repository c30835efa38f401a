import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { createBell } from "../bell.ts";
import { describeError, type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { RotatedSubject } from "./rotated-subject.ts";
import { watchFolders } from "./watch-folders.ts";

/** Told of every rotation: applied to Redis; refused, because the files are unfit; failed, and tried again. */
export interface RotationObserver {
  rotated(subject: RotatedSubject["name"], outcome: "applied" | "refused" | "failed"): void;
}

/** What {@link startRotation} needs. */
export interface RotationDeps {
  readonly subjects: readonly RotatedSubject[];
  /** How often the files are read even though no event came. */
  readonly pollIntervalMs: number;
  /** A change counts once two readings this far apart agree: a file that is being written changes in between. */
  readonly settleMs: number;
  readonly observer?: RotationObserver | undefined;
  readonly logger: Logger;
}

/** Files that are being watched. */
export interface Rotation {
  /** Ends the watch. What is under way ends by itself, unlogged. */
  stop(): void;
}

// Redis is being started, or is kept down: it will start on what the files say.
const awayCodes: ReadonlySet<InstanceErrorCode> = new Set([
  "REDIS_UNREACHABLE",
  "REDIS_TIMED_OUT",
  "REDIS_LOADING",
  "REDIS_BUSY",
]);

// In place of the poll while a subject is unsettled.
const unsettledIntervalMs = 1_000;

interface Progress {
  /** Fingerprint of the contents that Redis holds. */
  applied?: string;
  hasFailed: boolean;
  /** Last trouble, so that each is logged once. */
  trouble?: string;
}

/**
 * Applies files to Redis whenever their contents change, one subject after the other, and once at the beginning to make sure
 * that Redis holds what they say. What fails is tried again.
 */
export function startRotation(deps: RotationDeps): Rotation {
  const { subjects, pollIntervalMs, settleMs, observer, logger } = deps;
  const progressOf = new Map(
    subjects.map((subject): [RotatedSubject, Progress] => [subject, { hasFailed: false }]),
  );
  const bell = createBell();
  const endWatch = watchFolders(
    subjects.flatMap(({ files }) => files),
    () => bell.ring(),
  );
  const stopping = new AbortController();
  const { signal } = stopping;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      for (const [subject, progress] of progressOf) await turn(subject, progress);
      const isUnsettled = subjects.some((subject) => subject.isUnsettled());
      await bell.wait({ timeoutMs: isUnsettled ? unsettledIntervalMs : pollIntervalMs, signal });
      // One look for a burst of events.
      await pause(settleMs);
    }
  }

  async function turn(subject: RotatedSubject, progress: Progress): Promise<void> {
    const { name } = subject;
    let fingerprint: string | undefined;
    try {
      const contents = await readFiles(subject.files);
      fingerprint = hash(contents);
      const isChanged = fingerprint !== progress.applied;
      if (!isChanged && !progress.hasFailed && !subject.isUnsettled()) return;
      if (isChanged && !(await isSettled(subject, fingerprint))) return;
      const applied = await subject.apply(contents);
      progress.applied = fingerprint;
      progress.hasFailed = false;
      delete progress.trouble;
      if (applied === undefined) return;
      logger.info({ subject: name, ...applied.fields }, applied.message);
      observer?.rotated(name, "applied");
    } catch (error) {
      progress.hasFailed = true;
      const trouble = `${fingerprint} ${describeError(error)}`;
      if (signal.aborted || progress.trouble === trouble) return;
      progress.trouble = trouble;
      report(name, { error, isFirst: progress.applied === undefined });
    }
  }

  async function isSettled({ files }: RotatedSubject, fingerprint: string): Promise<boolean> {
    await pause(settleMs);
    if (hash(await readFiles(files)) === fingerprint) return true;
    bell.ring();
    return false;
  }

  function report(
    name: RotatedSubject["name"],
    { error, isFirst }: { readonly error: unknown; readonly isFirst: boolean },
  ): void {
    const isUnfit = isInstanceError(error) && error.code === "REDIS_CONFIG_INVALID";
    if (isUnfit) {
      logger.error({ subject: name, err: error }, `${name} not rotated: Redis keeps what it has`);
    } else if (isFirst && isInstanceError(error) && awayCodes.has(error.code)) {
      logger.debug({ subject: name, err: error }, `${name} not yet compared with what Redis has`);
      return;
    } else {
      logger.warn({ subject: name, err: error }, `${name} not rotated yet, trying again`);
    }
    observer?.rotated(name, isUnfit ? "refused" : "failed");
  }

  void run();
  return {
    stop() {
      stopping.abort();
      endWatch();
    },
  };
}

function readFiles(files: readonly string[]): Promise<readonly string[]> {
  return Promise.all(files.map((file) => readFile(file, "utf8")));
}

/** Kept in place of contents that are secret. */
function hash(contents: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(contents)).digest("hex");
}
