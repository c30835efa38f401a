import { parseArgs } from "node:util";

/** The command line of a restore, not yet checked against anything but its form. */
export type RestoreArguments = ReturnType<typeof readValues>;

/** The command line is not one that {@link restoreUsage} describes. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `restore --help` prints. */
export const restoreUsage = `Usage: node dist/main.cjs restore --from s3://<bucket>/<key> [options]

Restores a backup, so that a Redis that is started on the data directory loads it. Run it before Redis starts: in an init
container, or by hand. What was restored once is not restored again.

  --from URI           the backup: the backupPath of its result
  --endpoint URL       an S3-compatible store (default: AWS)
  --region REGION      (default: us-east-1)
  --force-path-style   the bucket stands in the path of URLs (default with --endpoint)
  --ca-file FILE       certificates in PEM that are trusted in place of the well-known ones

  --data-dir DIR       Redis' working directory (default: DATA_DIR, /data)
  --appendonly yes|no  what that Redis runs with (default: the last line of REDIS_CONFIG_FILE, else yes)
  --dbfilename NAME, --appenddirname NAME, --appendfilename NAME
                       what its files are called (default: REDIS_CONFIG_FILE's, else Redis' own)

  --verify             load the backup into a redis-server and compare its keys before it is placed
  --force              move data that is there already aside
  --redis-binary FILE  the redis-server for that, and what redis-check-rdb and redis-check-aof lie beside
                       (default: REDIS_BINARY, redis-server)
  --help

Credentials are files in BACKUP_CREDENTIALS_DIR (/backup-credentials), as for backups; without them the AWS SDK's default
chain. Exit code: 0 restored, now or before; 1 failed, the last line says why and what is left to do if the backup was being
placed; 2 wrong usage.
`;

const options = {
  from: { type: "string" },
  endpoint: { type: "string" },
  region: { type: "string" },
  "force-path-style": { type: "boolean" },
  "ca-file": { type: "string" },
  "data-dir": { type: "string" },
  appendonly: { type: "string" },
  dbfilename: { type: "string" },
  appenddirname: { type: "string" },
  appendfilename: { type: "string" },
  verify: { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  "redis-binary": { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const fileNames = ["dbfilename", "appenddirname", "appendfilename"] as const;

/**
 * Reads the command line of a restore.
 *
 * @throws UsageError with what is wrong with it.
 */
export function parseRestoreArguments(args: readonly string[]): RestoreArguments {
  const values = readValues(args);
  const { appendonly } = values;
  if (values.help) return values;
  if (appendonly !== undefined && appendonly !== "yes" && appendonly !== "no") {
    throw new UsageError(`--appendonly must be yes or no, not ${appendonly}`);
  }
  for (const name of fileNames) {
    // Names that begin with a dot are the restore's own.
    if (!/^[^./][^/]*$/.test(values[name] ?? "name")) {
      throw new UsageError(`--${name} must be a name without a folder and without a dot before it`);
    }
  }
  return values;
}

function readValues(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
