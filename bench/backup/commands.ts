import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readCpuSeconds, startProcess } from "@redis-operator/testbed";
import { sampleMemory } from "./sample-memory.ts";
import type { SinkStore } from "./sink-store.ts";
import type { Measurement, Subject } from "./subject.ts";

/** What a command line works on. */
export interface CommandGround {
  /** Redis' working directory, with `dump.rdb` and `appendonlydir`. */
  readonly dataDir: string;
  /** For archives that are written before they are sent. */
  readonly scratchDir: string;
  readonly store: SinkStore;
}

const awsCopy = "/usr/bin/aws s3 cp --quiet --endpoint-url $ENDPOINT ${CA_FILE:+--ca-bundle $CA_FILE}";
const tar = "tar cf - -C $DATA appendonlydir";

// Each script's name is what a person would type; the script adds what measuring needs.
const scripts = {
  rdb: {
    "`aws s3 cp`": `${awsCopy} $DATA/dump.rdb s3://$BUCKET/aws.rdb`,
    "`rclone copyto`": "rclone copyto $DATA/dump.rdb :s3:$BUCKET/rclone.rdb",
    "hash pass, then `Upload`": "$NODE $PLAIN_UPLOAD $DATA/dump.rdb $BUCKET plain.rdb",
  },
  aof: {
    "`tar czf`, `sha256sum`, `aws s3 cp`": `tar czf $SCRATCH/aof.tar.gz -C $DATA appendonlydir; sha256sum $SCRATCH/aof.tar.gz; ${awsCopy} $SCRATCH/aof.tar.gz s3://$BUCKET/tar.tar.gz; rm $SCRATCH/aof.tar.gz`,
    "`tar \\| gzip -1 \\| tee >(sha256sum) \\| aws s3 cp -`": hashAndUpload(`${tar} | gzip -1`),
    "`tar \\| pigz -1 -p2 \\| tee >(sha256sum) \\| aws s3 cp -`": hashAndUpload(`${tar} | pigz -1 -p2`),
    "`tar \\| pigz -1 -p2 \\| sha256sum`, no upload": `${tar} | pigz -1 -p2 | sha256sum`,
  },
} satisfies Record<string, Record<string, string>>;

/** What a person would use in place of the manager, as command lines. */
export function createCommands(method: keyof typeof scripts, ground: CommandGround): readonly Subject[] {
  const env = environment(ground);
  return Object.entries(scripts[method]).map(([name, script]) => ({ name, run: () => measure(script, env) }));
}

function hashAndUpload(archive: string): string {
  // In place of ">(sha256sum)", which bash doesn't wait for: its CPU time would be lost.
  return `mkfifo $SCRATCH/sum; sha256sum <$SCRATCH/sum & ${archive} | tee $SCRATCH/sum | ${awsCopy} - s3://$BUCKET/piped.tar.gz; wait; rm $SCRATCH/sum`;
}

async function measure(script: string, env: NodeJS.ProcessEnv): Promise<Measurement> {
  // Nothing else is waited for in the meantime, so what this process' ended children have used is the script's.
  const cpuBefore = readCpuSeconds(process.pid).ended;
  const startedAt = performance.now();
  const shell = await startProcess({ command: "bash", args: ["-euo", "pipefail", "-c", script], env });
  const memory = sampleMemory(shell.pid);
  const { code } = await shell.exited;
  const seconds = (performance.now() - startedAt) / 1e3;
  if (code !== 0) throw new Error(`exit code ${code} of: ${script}\n${shell.output()}`);
  return {
    seconds,
    cpuSeconds: readCpuSeconds(process.pid).ended - cpuBefore,
    memory: memory.stop(),
  };
}

function environment({ dataDir, scratchDir, store }: CommandGround): NodeJS.ProcessEnv {
  const { endpoint, bucket, ca, credentials } = store;
  return {
    PATH: process.env["PATH"],
    HOME: scratchDir,
    DATA: dataDir,
    SCRATCH: scratchDir,
    ENDPOINT: endpoint,
    BUCKET: bucket,
    NODE: process.execPath,
    PLAIN_UPLOAD: fileURLToPath(new URL("./plain-upload.ts", import.meta.url)),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
    RCLONE_CONFIG: join(scratchDir, "no-rclone.conf"),
    RCLONE_S3_PROVIDER: "Other",
    RCLONE_S3_ENDPOINT: endpoint,
    RCLONE_S3_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    RCLONE_S3_NO_CHECK_BUCKET: "true",
    ...(ca !== undefined && { CA_FILE: ca.file, RCLONE_CA_CERT: ca.file }),
  };
}
