import { asyncPreference, backupJobParamsSchema, backupQuerySchema } from "@redis-operator/client/contract";
import { type Operations, requestIdHeader } from "./operation.ts";

const destination = { s3: { bucket: "my-bucket", path: "backups", endpoint: "https://s3.example.com" } };

const result = {
  artifactType: "rdb",
  backupPath: "s3://my-bucket/backups/nightly-2026-11-22.rdb",
  objectKey: "backups/nightly-2026-11-22.rdb",
  backupSize: 123456,
  checksumSHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  metadataKey: "backups/nightly-2026-11-22.rdb.metadata.json",
  redisVersion: "7.2.6",
  replicationId: "8f3cd2a1b6e4f7098c5d1a2b3c4d5e6f70819a2b",
  replicationOffset: 5000,
  keyCounts: { db0: 1024 },
  startedAt: "2026-11-22T03:00:00.000Z",
  finishedAt: "2026-11-22T03:00:04.200Z",
};

const running = {
  phase: "running",
  backupName: "nightly-2026-11-22",
  method: "rdb",
  destination: { s3: { ...destination.s3, region: "us-east-1" } },
  progress: { phase: "uploading", sentBytes: 65536, totalBytes: 123456, percent: 53 },
  startedAt: "2026-11-22T03:00:00.000Z",
};

const succeeded = {
  ...running,
  phase: "succeeded",
  progress: { phase: "confirming", sentBytes: 123456, totalBytes: 123456, percent: 100 },
  finishedAt: "2026-11-22T03:00:04.200Z",
  result,
};

const params = { schema: backupJobParamsSchema, constant: "backupJobParamsSchema" };

/** Backups and their jobs. */
export const backupOperations = {
  backup: {
    tag: "backups",
    summary: "Back up to S3",
    description:
      "Has Redis write its data anew, proves that it did, stores them with their SHA-256, has the store confirm them, and answers. One at a time. A " +
      "caller that goes away cancels it. A backup that has succeeded since the manager started is not made again for the same name, method and " +
      "destination: its result is answered. The body is read as JSON whatever its `Content-Type`; unknown fields are ignored.",
    query: { schema: backupQuerySchema, constant: "backupQuerySchema" },
    headers: [
      {
        name: "Prefer",
        description: `\`${asyncPreference}\` (RFC 7240): answer 202 at once. The backup goes on whether the caller stays or not.`,
        example: asyncPreference,
      },
      requestIdHeader,
    ],
    requestBody: {
      component: "BackupRequest",
      example: { backupName: "nightly-2026-11-22", method: "rdb", destination },
    },
    replies: [
      {
        status: 200,
        description: "Stored and confirmed.",
        json: { component: "BackupResult", example: result },
      },
      {
        status: 202,
        description: `Begun. Only with \`Prefer: ${asyncPreference}\`.`,
        json: { component: "BackupJob", example: running },
        headers: [
          {
            name: "Location",
            description: "Where to ask how far it is.",
            example: "/v1/backups/nightly-2026-11-22",
          },
          {
            name: "Preference-Applied",
            description: "The preference that was followed.",
            example: asyncPreference,
          },
        ],
      },
    ],
    errors: {
      form: "json",
      codes: [
        "INVALID_REQUEST",
        "DESTINATION_NOT_ALLOWED",
        "BACKUP_IN_PROGRESS",
        "INSTANCE_FENCED",
        "ROLE_CHANGE_IN_PROGRESS",
        "PAYLOAD_TOO_LARGE",
        "BACKUP_CREDENTIALS_INVALID",
        "SNAPSHOT_FAILED",
        "AOF_DISABLED",
        "AOF_REWRITE_FAILED",
        "REDIS_REPLY_INVALID",
        "ARTIFACT_FAILED",
        "UPLOAD_FAILED",
        "BACKUP_ABORTED",
        "BACKUP_PROCESS_DIED",
      ],
    },
    curl: `curl -sS -X POST -H 'X-Request-Id: cron-17' http://$POD_IP:8080/v1/backup -d '{
  "backupName": "nightly-2026-11-22",
  "method": "rdb",
  "destination": {"s3": {"bucket": "my-bucket", "path": "backups", "endpoint": "https://s3.example.com"}}
}'`,
  },
  backupJobs: {
    tag: "backups",
    summary: "List the backups since the manager started",
    description: "The running one and the last hundred that have ended. None outlives the manager's process.",
    replies: [
      {
        status: 200,
        description: "Newest first.",
        json: { component: "BackupJobList", example: { backups: [running] } },
      },
    ],
    errors: { form: "json", codes: [] },
    curl: "curl -sS http://$POD_IP:8080/v1/backups",
  },
  backupJob: {
    tag: "backups",
    summary: "How far a backup is, or how it ended",
    description: "`phase` tells which of the four forms it is.",
    path: params,
    replies: [{ status: 200, description: "The job.", json: { component: "BackupJob", example: succeeded } }],
    errors: { form: "json", codes: ["INVALID_REQUEST", "BACKUP_NOT_FOUND"] },
    curl: "curl -sS http://$POD_IP:8080/v1/backups/nightly-2026-11-22",
  },
  cancelBackup: {
    tag: "backups",
    summary: "Cancel a backup",
    description: "It ends soon after, and nothing of it stays.",
    path: params,
    headers: [requestIdHeader],
    replies: [
      {
        status: 200,
        description: "It had ended before, and stays as it is.",
        json: { component: "BackupJob", example: succeeded },
      },
      {
        status: 202,
        description: "It will be cancelled; the job as it was at that moment.",
        json: { component: "BackupJob", example: running },
      },
    ],
    errors: { form: "json", codes: ["INVALID_REQUEST", "BACKUP_NOT_FOUND", "PAYLOAD_TOO_LARGE"] },
    curl: "curl -sS -X DELETE http://$POD_IP:8080/v1/backups/nightly-2026-11-22",
  },
  pruneBackups: {
    tag: "backups",
    summary: "Delete old backups",
    description:
      "Keeps what `keepLast` or `keepFor` keeps (at least one of them is required), and the newest always. Unless `dryRun` is `false`, it only tells " +
      "what it would delete. Nothing is touched but what a manager has stored right under the destination's path.",
    headers: [requestIdHeader],
    requestBody: { component: "PruneRequest", example: { destination, keepLast: 7, keepFor: "720h" } },
    replies: [
      {
        status: 200,
        description: "What is kept and what was, or would be, deleted.",
        json: {
          component: "PruneResult",
          example: {
            dryRun: true,
            kept: [
              {
                backupName: "nightly-2026-11-22",
                objectKey: result.objectKey,
                backupSize: result.backupSize,
                startedAt: result.startedAt,
                reason: "newest",
              },
            ],
            deleted: [],
            skipped: [{ key: "backups/by-hand.rdb", reason: "no-metadata" }],
          },
        },
      },
    ],
    errors: {
      form: "json",
      codes: [
        "INVALID_REQUEST",
        "DESTINATION_NOT_ALLOWED",
        "BACKUP_IN_PROGRESS",
        "PAYLOAD_TOO_LARGE",
        "BACKUP_CREDENTIALS_INVALID",
        "PRUNE_FAILED",
        "BACKUP_ABORTED",
        "BACKUP_PROCESS_DIED",
      ],
    },
    curl: `curl -sS -X POST http://$POD_IP:8080/v1/backups/prune -d '{
  "destination": {"s3": {"bucket": "my-bucket", "path": "backups", "endpoint": "https://s3.example.com"}},
  "keepLast": 7, "keepFor": "720h"
}'`,
  },
} as const satisfies Pick<
  Operations,
  "backup" | "backupJob" | "backupJobs" | "cancelBackup" | "pruneBackups"
>;
