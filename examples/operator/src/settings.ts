import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { parseDuration } from "./duration.ts";

/** How soon a primary counts as lost. */
export interface DetectionSettings {
  /** From the start of one round to the start of the next. */
  readonly pollIntervalMs: number;
  /** What a dead pod costs a round. */
  readonly pollTimeoutMs: number;
  /** So many polls in a row, … */
  readonly lostAfterPolls: number;
  /** … over so long a time. */
  readonly lostAfterMs: number;
  /** As `selfFencedAfterMs` of `planFailover`; `undefined`: silence proves nothing. */
  readonly selfFencedAfterMs: number | undefined;
}

/** When backups are taken, and where they go. */
export interface BackupSettings {
  readonly everyMs: number;
  readonly keepLast: number;
  readonly s3: {
    readonly bucket: string;
    readonly path: string;
    readonly endpoint?: string;
    readonly region?: string;
  };
}

/** All that the operator is told. */
export interface Settings {
  readonly cluster: { readonly namespace: string; readonly name: string };
  readonly kubernetes: { readonly url: string; readonly serviceAccountDir: string };
  readonly detection: DetectionSettings;
  /** Unset: no backups. */
  readonly backups: BackupSettings | undefined;
}

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: "custom", message: "must be a duration such as 500ms, 5s or 24h" });
  return z.NEVER;
});

const environmentSchema = z.object({
  CLUSTER_NAME: z.string().min(1),
  NAMESPACE: z.string().min(1).optional(),
  KUBERNETES_SERVICE_HOST: z.string().min(1),
  KUBERNETES_SERVICE_PORT: z.string().default("443"),
  SERVICE_ACCOUNT_DIR: z.string().default("/var/run/secrets/kubernetes.io/serviceaccount"),
  POLL_INTERVAL: duration.default(1_000),
  POLL_TIMEOUT: duration.default(1_000),
  LOST_AFTER_POLLS: z.coerce.number().int().min(2).default(3),
  LOST_AFTER: duration.default(3_000),
  SELF_FENCED_AFTER: duration.optional(),
  BACKUP_BUCKET: z.string().min(1).optional(),
  BACKUP_PATH: z.string().optional(),
  BACKUP_ENDPOINT: z.string().optional(),
  BACKUP_REGION: z.string().optional(),
  BACKUP_EVERY: duration.default(86_400_000),
  BACKUP_KEEP_LAST: z.coerce.number().int().min(1).default(7),
});

/**
 * Reads the environment. The README has a table of the variables.
 *
 * @throws Error naming every variable that is wrong; what reading the service account's namespace throws.
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) throw new Error(`wrong settings:\n${z.prettifyError(parsed.error)}`);
  const env = parsed.data;
  const serviceAccountDir = env.SERVICE_ACCOUNT_DIR;
  const name = env.CLUSTER_NAME;
  const namespace = env.NAMESPACE ?? readFileSync(join(serviceAccountDir, "namespace"), "utf8").trim();
  const host = env.KUBERNETES_SERVICE_HOST;
  const url = `https://${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`;
  return {
    cluster: { namespace, name },
    kubernetes: { url, serviceAccountDir },
    detection: {
      pollIntervalMs: env.POLL_INTERVAL,
      pollTimeoutMs: env.POLL_TIMEOUT,
      lostAfterPolls: env.LOST_AFTER_POLLS,
      lostAfterMs: env.LOST_AFTER,
      selfFencedAfterMs: env.SELF_FENCED_AFTER,
    },
    backups:
      env.BACKUP_BUCKET === undefined
        ? undefined
        : {
            everyMs: env.BACKUP_EVERY,
            keepLast: env.BACKUP_KEEP_LAST,
            s3: {
              bucket: env.BACKUP_BUCKET,
              // The newest backup under this path says when the next is due, so that it has to be this cluster's own.
              path: env.BACKUP_PATH ?? `${namespace}/${name}`,
              ...(env.BACKUP_ENDPOINT !== undefined && { endpoint: env.BACKUP_ENDPOINT }),
              ...(env.BACKUP_REGION !== undefined && { region: env.BACKUP_REGION }),
            },
          },
  };
}
