/**
 * Every request that a manager answers: method and path. `GET` stands for `HEAD` too.
 * A sentinel manager serves `healthz` and `readyz` only. `:name` stands for the name of a backup.
 */
export const routes = {
  healthz: { method: "GET", path: "/healthz" },
  readyz: { method: "GET", path: "/readyz" },
  failsafe: { method: "GET", path: "/failsafe" },
  status: { method: "GET", path: "/v1/status" },
  promote: { method: "POST", path: "/v1/promote" },
  demote: { method: "POST", path: "/v1/demote" },
  backup: { method: "POST", path: "/v1/backup" },
  backupJobs: { method: "GET", path: "/v1/backups" },
  backupJob: { method: "GET", path: "/v1/backups/:name" },
  cancelBackup: { method: "DELETE", path: "/v1/backups/:name" },
  pruneBackups: { method: "POST", path: "/v1/backups/prune" },
  metrics: { method: "GET", path: "/metrics" },
  openapi: { method: "GET", path: "/openapi.json" },
} as const;

/** The port that a manager listens on unless it is configured otherwise. */
export const defaultManagerPort = 8080;

/** The port of Redis unless it is configured otherwise. */
export const defaultRedisPort = 6379;

/** The whole body of a successful text reply: `text/plain; charset=utf-8`, no newline at its end. */
export const successTexts = { probe: "ok", promote: "promoted", demote: "demoted" } as const;
