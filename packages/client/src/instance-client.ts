import { type Backups, createBackups } from "./backups.ts";
import { failsafeViewSchema } from "./contract/failsafe.ts";
import { livenessReportSchema } from "./contract/liveness.ts";
import { routes, successTexts } from "./contract/routes.ts";
import type {
  BackupRequest,
  BackupResult,
  DemoteRequest,
  FailsafeView,
  InstanceStatus,
  LivenessReport,
  PromoteRequest,
} from "./contract/types.ts";
import type { ClientOptions, RepeatableCallOptions } from "./http/call-options.ts";
import { createCaller } from "./http/caller.ts";
import type { Reply } from "./http/exchange.ts";
import { jsonReader, notUnderstood, requireText } from "./http/reply.ts";
import { defaultBackupTimeoutMs, maxMetricsBytes, requireTimeout } from "./limits.ts";
import { askProbe, type ProbeAnswer } from "./probe.ts";
import { type BackupOptions, runBackup } from "./run-backup.ts";
import { askStatus, readStatus } from "./status.ts";

/** As {@link ClientOptions}, with the calls that take their time. */
export interface InstanceClientOptions extends ClientOptions {
  /** The timeout of `backup` and `backups.prune`, in milliseconds, in place of `timeoutMs`. Default 3,600,000: one hour. */
  readonly backupTimeoutMs?: number | undefined;
}

/** The manager of one data pod. Every method throws a `ManagerError`. */
export interface InstanceClient {
  /** Liveness: does redis-server run, and is it no isolated primary? */
  healthz(options?: RepeatableCallOptions): Promise<ProbeAnswer>;
  /** Liveness with every check that it rests on. */
  healthzVerbose(options?: RepeatableCallOptions): Promise<LivenessReport>;
  /** Readiness: does Redis answer `PING`? */
  readyz(options?: RepeatableCallOptions): Promise<ProbeAnswer>;
  /** How the instance sees its cluster: whom it follows, whom it knows as the primary, and since when. */
  failsafe(options?: RepeatableCallOptions): Promise<FailsafeView>;
  /** Role, replication offset, link. */
  status(options?: RepeatableCallOptions): Promise<InstanceStatus>;
  /**
   * Makes the instance a primary; a primary stays one. Refused with `PROMOTE_UNSAFE` if the data set would be lost by it.
   *
   * @param request - `minOffset` and `replicationId` must hold, or the call is refused with `PRECONDITION_UNMET`. `force`
   * promotes also an instance that never finished a sync, or is in the middle of one.
   * @returns The status after the change; `undefined` from a manager that answers in text alone.
   */
  promote(request?: PromoteRequest, options?: RepeatableCallOptions): Promise<InstanceStatus | undefined>;
  /**
   * Makes the instance a replica of the one named. Refused with `DEMOTE_TARGET_NOT_PRIMARY` if that one answers as a replica;
   * with `force` it isn't asked.
   *
   * @returns As {@link promote}.
   */
  demote(request: DemoteRequest, options?: RepeatableCallOptions): Promise<InstanceStatus | undefined>;
  /**
   * Backs the instance up and returns when the object is stored.
   *
   * A call that ends early, by `signal` or its timeout, cancels the backup: nothing is stored, unless the store was
   * completing the object at that moment. A backup that the manager has made before is not made again unless forced.
   *
   * @throws BackupFailedError
   */
  backup(request: BackupRequest, options?: BackupOptions): Promise<BackupResult>;
  /** The backups that the manager has made since it started, and those in the bucket. */
  readonly backups: Backups;
  /** Metrics in the Prometheus text format. */
  metrics(options?: RepeatableCallOptions): Promise<string>;
}

const json = "application/json";
const text = "text/plain";
// Both are idempotent, so that one whose answer was lost can be asked for again. After an answer the operator decides anew.
const change = { accept: json, repeat: "if-unanswered" } as const;

/**
 * Creates a client of one instance manager. It holds no connection of its own and needs no closing.
 *
 * @throws TypeError, RangeError for an option that is out of bounds.
 */
export function createInstanceClient(options: InstanceClientOptions): InstanceClient {
  const caller = createCaller(options);
  const backupTimeoutMs = requireTimeout(options.backupTimeoutMs ?? defaultBackupTimeoutMs);

  return {
    healthz: (callOptions) => askProbe(caller, { route: routes.healthz, callOptions }),
    readyz: (callOptions) => askProbe(caller, { route: routes.readyz, callOptions }),

    async healthzVerbose(callOptions) {
      const read = jsonReader({ schema: livenessReportSchema, statuses: [200, 503] });
      return caller({ route: routes.healthz, query: { verbose: "" }, accept: json, read }, callOptions);
    },

    async failsafe(callOptions) {
      const read = jsonReader({ schema: failsafeViewSchema });
      return caller({ route: routes.failsafe, accept: json, read }, callOptions);
    },

    status: (callOptions) => askStatus(caller, callOptions),

    async promote({ force = false, ...preconditions } = {}, callOptions) {
      const query = { ...preconditions, ...toForce(force) };
      return caller({ route: routes.promote, query, ...change, read: readPromoted }, callOptions);
    },

    async demote({ primaryIP, port, force = false }, callOptions) {
      const query = { primaryIP, port, ...toForce(force) };
      return caller({ route: routes.demote, query, ...change, read: readDemoted }, callOptions);
    },

    async backup(request, { timeoutMs = backupTimeoutMs, signal, requestId, force, onProgress } = {}) {
      requireTimeout(timeoutMs);
      return runBackup(caller, { request, timeoutMs, signal, requestId, force, onProgress });
    },

    backups: createBackups(caller, { pruneTimeoutMs: backupTimeoutMs }),

    async metrics(callOptions) {
      const call = { route: routes.metrics, accept: text, maxReplyBytes: maxMetricsBytes };
      return caller({ ...call, read: readMetrics }, callOptions);
    },
  };
}

// Left out where it changes nothing: a manager that doesn't know it refuses what it doesn't know.
function toForce(force: boolean): { readonly force?: "true" } {
  return force ? { force: "true" } : {};
}

function readPromoted(reply: Reply): InstanceStatus | undefined {
  return readChange(reply, successTexts.promote);
}

function readDemoted(reply: Reply): InstanceStatus | undefined {
  return readChange(reply, successTexts.demote);
}

// Managers that know nothing of `Accept` answer a change that succeeded with one word.
function readChange(reply: Reply, word: string): InstanceStatus | undefined {
  if (reply.status === 200 && reply.text.trim() === word) return undefined;
  return readStatus(reply);
}

function readMetrics(reply: Reply): string {
  const exposition = requireText(reply);
  if (reply.mediaType === text) return exposition;
  throw notUnderstood(reply, "a body that is no plain text");
}
