// Written by scripts/generate-docs.ts from the schemas beside this and their docstrings.

/** Body of `POST /v1/backup`. Unknown fields are ignored. */
export type BackupRequest = {
  /** RFC 1123 subdomain; part of the object's key. */
  backupName: string;
  /** `rdb`: an RDB file; `aof`: the append-only directory. Default: `"rdb"`. */
  method?: "rdb" | "aof" | "" | undefined;
  /** Where the object goes. */
  destination: Destination;
};

/** Body of `POST /v1/backups/prune`: which backups under the destination's path to keep. What neither rule keeps is deleted, but never the newest one. */
export type PruneRequest = {
  /** Under whose path backups are looked for. */
  destination: Destination;
  /** The so many newest. */
  keepLast?: number | undefined;
  /** Those not older than this, in Go's format, or in days: `30d`. */
  keepFor?: string | undefined;
  /** Whether nothing is deleted, only told what would be. Default: `true`. */
  dryRun?: boolean | undefined;
};

/** Where objects go. */
export type Destination = {
  /** A bucket of S3, or of a store that speaks its protocol. */
  s3: S3Destination;
};

/** Where objects go, and how. Unknown fields are ignored. */
export type S3Destination = {
  /** The bucket's name. */
  bucket: string;
  /** Prefix of the object key. */
  path?: string | undefined;
  /** An S3-compatible store other than AWS. */
  endpoint?: string | undefined;
  /** The region of the bucket, of AWS or as the store has it. Default: `"us-east-1"`. */
  region?: string | undefined;
  /** Whether the bucket stands in the path of a URL, not in its host. Default: whether there is an endpoint. */
  forcePathStyle?: boolean | undefined;
  /** Whether requests carry a checksum of the SDK's own wherever S3 knows one, or only where it must. Default: `when-required` with an endpoint, since many stores don't know them, else `when-supported`. */
  checksum?: "when-supported" | "when-required" | undefined;
  /** Certificates in PEM format that are trusted in place of the well-known ones. */
  caBundle?: string | undefined;
  /** How the store encrypts what it keeps. */
  serverSideEncryption?:
    | {
        /** `AES256`: keys of the store; `aws:kms`: keys of AWS KMS. */
        algorithm: "AES256" | "aws:kms";
        /** A key of AWS KMS, for `aws:kms`. Default: the store's own key. */
        kmsKeyId?: string | undefined;
      }
    | undefined;
  /** The class that the object is stored in: `STANDARD_IA`, … Default: the bucket's. */
  storageClass?: string | undefined;
  /** Tags that the object is given, at most 10. */
  tags?: Readonly<Record<string, string>> | undefined;
  /** Size of a part of a large object; grows where more than 10,000 would be needed. */
  partSizeMiB?: number | undefined;
  /** How many parts are sent at once, each held in memory. */
  concurrency?: number | undefined;
};

/** The 200 body of `GET /v1/status`, and of promote and demote with `Accept: application/json`. Fields that this version doesn't know are dropped. */
export type InstanceStatus = PrimaryStatus | ReplicaStatus;

/** `GET /v1/status` of a primary. */
export type PrimaryStatus = {
  /** A primary, in Redis' word. */
  role: "master";
  /** Position in the replication stream, in bytes. */
  replicationOffset: number;
  /** How many replicas follow a primary; 0 on a replica. */
  connectedReplicas: number;
  /** Always: a Redis that does not answer is a 503. */
  connected: true;
  /** Extension: `master_replid`; offsets compare only between instances that share it. */
  replicationId?: string;
  /** Extension: when Redis was asked, ISO 8601. */
  observedAt?: string;
  /** Extension: whether the instance is fenced. One that is answers 503 `INSTANCE_FENCED`: its Redis is down. */
  fenced?: boolean;
  /** Extension: what the primary knows of each replica. */
  replicas?: Replica[];
};

/** `GET /v1/status` of a replica. */
export type ReplicaStatus = {
  /** A replica, in Redis' word. */
  role: "slave";
  /** Position in the replication stream, in bytes. */
  replicationOffset: number;
  /** How many replicas follow a primary; 0 on a replica. */
  connectedReplicas: number;
  /** Always: a Redis that does not answer is a 503. */
  connected: true;
  /** Extension: `master_replid`; offsets compare only between instances that share it. */
  replicationId?: string;
  /** Extension: when Redis was asked, ISO 8601. */
  observedAt?: string;
  /** Extension: whether the instance is fenced. One that is answers 503 `INSTANCE_FENCED`: its Redis is down. */
  fenced?: boolean;
  /** Whether the replica is connected to its primary. */
  masterLinkStatus: "up" | "down";
  /** Extension: whom the replica follows. */
  primary?: {
    /** As the replica was told it. */
    host: string;
    /** Its Redis port. */
    port: number;
  };
  /** Extension: seconds since the link went down; absent while it is up. */
  linkDownSeconds?: number;
  /** Extension: seconds since the primary was last heard; absent while the link is down. */
  lastIoSecondsAgo?: number;
  /** Extension: whether the replica is receiving a full copy. */
  syncInProgress?: boolean;
};

/** What a primary knows of one of its replicas, from its `slaveN` line in `INFO replication`. */
export type Replica = {
  /** Its address as the primary sees it. */
  host: string;
  /** Its Redis port. */
  port: number;
  /** Redis' word: `wait_bgsave`, `send_bulk`, `online`, … */
  state: string;
  /** The last offset that the replica acknowledged. */
  offset: number;
  /** How far it is behind: the primary's offset minus the acknowledged one. Before the first acknowledgement all of it, or once it is `online` again what the backlog holds. */
  lagBytes: number;
  /** Seconds since the last acknowledgement. */
  lagSeconds: number;
};

/** Body of `GET /healthz?verbose`, with status 200 when alive and 503 when not. */
export type LivenessReport = {
  /** The verdict. */
  alive: boolean;
  /** Why not alive: the text that the plain probe answers. */
  reason?: string;
  /** What the verdict rests on. */
  checks: LivenessCheck[];
};

/** One thing that the liveness probe looked at. Words are the manager's: they may grow. */
export type LivenessCheck = {
  /** `process`, `role`, `api-server`, `peers`, … */
  name: string;
  /** What was found: `running`, `primary`, `reachable`, `unreachable`, `not-asked`, … */
  outcome: string;
  /** Why, where the outcome alone does not say. */
  detail?: string;
  /** How old the observation is, in milliseconds. */
  ageMs?: number;
};

/** Body of `GET /failsafe`: how one instance sees its cluster. It is told from memory, whatever Redis does. */
export type FailsafeView = {
  /** The instance's own pod. */
  podName: string;
  /** The role that Redis answered last; absent until it has answered once, and while it is kept down. */
  role?: "master" | "slave";
  /** Whom a replica follows. */
  follows?: {
    /** As the replica was told it. */
    host: string;
    /** Its Redis port. */
    port: number;
  };
  /** The pod that `status.currentPrimary` names, as far as this instance knows. */
  primary?: {
    /** Its pod. */
    podName: string;
    /** Its address, if it has one. */
    ip?: string;
  };
  /** From where it knows that: read from the API server since its start, as an earlier run stored it, or not at all. */
  source: "api-server" | "disk" | "none";
  /** Milliseconds since the API server last confirmed it. Only with the source `api-server`. */
  apiServerSeenMsAgo?: number;
};

/** The 200 body of `POST /v1/backup`. */
export type BackupResult = {
  /** `rdb`: an RDB file; `aof-archive`: the append-only directory as tar.gz. */
  artifactType: "rdb" | "aof-archive";
  /** `s3://<bucket>/<objectKey>` */
  backupPath: string;
  /** `<path>/<backupName>` and the extension: `.rdb` or `.aof.tar.gz`. */
  objectKey: string;
  /** Bytes of the stored object. */
  backupSize: number;
  /** Of exactly those bytes, in lower-case hex. */
  checksumSHA256: string;
  /** Extension: key of the object beside it that says all this. A backup without it is not complete. */
  metadataKey?: string;
  /** Extension: the version of Redis, or of Valkey, that wrote it. */
  redisVersion?: string;
  /** Extension: `master_replid` right before the save or rewrite was asked for. */
  replicationId?: string;
  /** Extension: the replication offset at that moment, in bytes. */
  replicationOffset?: number;
  /** Extension: the number of keys at that moment, by the name of the database: `db0`. */
  keyCounts?: Readonly<Record<string, number>>;
  /** Extension: when the backup began, ISO 8601. */
  startedAt?: string;
  /** Extension: when the object and its metadata were stored, ISO 8601. */
  finishedAt?: string;
};

/** One backup since the manager started: the body of `GET /v1/backups/{name}`, and of a 202 of `POST /v1/backup`. */
export type BackupJob = RunningBackupJob | SucceededBackupJob | FailedBackupJob | CancelledBackupJob;

/** A backup that has not ended. */
export type RunningBackupJob = {
  /** It waits, saves or uploads. */
  phase: "running";
  /** As it was asked for. */
  backupName: string;
  /** As it was asked for. */
  method: "rdb" | "aof";
  /** Without any secret of its URL. */
  destination: {
    /** A bucket of S3, or of a store that speaks its protocol. */
    s3: {
      /** The bucket's name. */
      bucket: string;
      /** Prefix of the object key; empty if there is none. */
      path: string;
      /** Absent for AWS itself. */
      endpoint?: string;
      /** As it was asked for, or the default. */
      region: string;
    };
  };
  /** The last that was known, once the job has ended. */
  progress: BackupProgress;
  /** ISO 8601. */
  startedAt: string;
};

/** A backup that is stored. */
export type SucceededBackupJob = {
  /** The object is stored and confirmed. */
  phase: "succeeded";
  /** As it was asked for. */
  backupName: string;
  /** As it was asked for. */
  method: "rdb" | "aof";
  /** Without any secret of its URL. */
  destination: {
    /** A bucket of S3, or of a store that speaks its protocol. */
    s3: {
      /** The bucket's name. */
      bucket: string;
      /** Prefix of the object key; empty if there is none. */
      path: string;
      /** Absent for AWS itself. */
      endpoint?: string;
      /** As it was asked for, or the default. */
      region: string;
    };
  };
  /** The last that was known, once the job has ended. */
  progress: BackupProgress;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601. */
  finishedAt: string;
  /** What was stored, and where. */
  result: BackupResult;
};

/** A backup that failed. Nothing of it is stored. */
export type FailedBackupJob = {
  /** A stage of it failed. */
  phase: "failed";
  /** As it was asked for. */
  backupName: string;
  /** As it was asked for. */
  method: "rdb" | "aof";
  /** Without any secret of its URL. */
  destination: {
    /** A bucket of S3, or of a store that speaks its protocol. */
    s3: {
      /** The bucket's name. */
      bucket: string;
      /** Prefix of the object key; empty if there is none. */
      path: string;
      /** Absent for AWS itself. */
      endpoint?: string;
      /** As it was asked for, or the default. */
      region: string;
    };
  };
  /** The last that was known, once the job has ended. */
  progress: BackupProgress;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601. */
  finishedAt: string;
  /** Why. */
  error: ErrorDetail;
};

/** A backup that was cancelled: by a request, by a caller that went away, or by a stop. Nothing of it is stored. */
export type CancelledBackupJob = {
  /** It was ended before it was stored. */
  phase: "cancelled";
  /** As it was asked for. */
  backupName: string;
  /** As it was asked for. */
  method: "rdb" | "aof";
  /** Without any secret of its URL. */
  destination: {
    /** A bucket of S3, or of a store that speaks its protocol. */
    s3: {
      /** The bucket's name. */
      bucket: string;
      /** Prefix of the object key; empty if there is none. */
      path: string;
      /** Absent for AWS itself. */
      endpoint?: string;
      /** As it was asked for, or the default. */
      region: string;
    };
  };
  /** The last that was known, once the job has ended. */
  progress: BackupProgress;
  /** ISO 8601. */
  startedAt: string;
  /** ISO 8601. */
  finishedAt: string;
  /** By what. */
  error: ErrorDetail;
};

/** How far a backup is. */
export type BackupProgress = {
  /** Waiting for Redis' other saves, saving, sending, or waiting for the store to confirm. */
  phase: "waiting" | "saving" | "uploading" | "confirming";
  /** Bytes of the object that the store has. */
  sentBytes: number;
  /** Bytes of the whole object; absent while unknown, as of an archive that is compressed on its way. */
  totalBytes?: number;
  /** Whole percent of `totalBytes`. */
  percent?: number;
};

/** Body of `GET /v1/backups`: newest first, the running one and the last hundred that have ended. */
export type BackupJobList = {
  /** Newest first. */
  backups: BackupJob[];
};

/** The 200 body of `POST /v1/backups/prune`. Backups stand newest first. */
export type PruneResult = {
  /** Whether nothing was deleted. */
  dryRun: boolean;
  /** What the rules keep. */
  kept: {
    /** The name that it was made under. */
    backupName: string;
    /** Its key in the bucket. */
    objectKey: string;
    /** Bytes of the object. */
    backupSize: number;
    /** ISO 8601. */
    startedAt: string;
    /** The rule that keeps it: `newest`, `within-keep-last`, `within-keep-for`. */
    reason: string;
  }[];
  /** What was deleted, or would be. */
  deleted: {
    /** The name that it was made under. */
    backupName: string;
    /** Its key in the bucket. */
    objectKey: string;
    /** Bytes of the object. */
    backupSize: number;
    /** ISO 8601. */
    startedAt: string;
    /** The rules that keep it no more: `beyond-keep-last`, `older-than-keep-for`, `beyond-both`. */
    reason: string;
  }[];
  /** What looks like a backup and proves to be none; it is left alone. */
  skipped: {
    /** Its key in the bucket. */
    key: string;
    /** `no-metadata`, `object-missing`, … */
    reason: string;
  }[];
};

/** What went wrong. */
export type ErrorDetail = {
  /** Stable, for programs. */
  code: string;
  /** What was attempted, on what, and why it failed, for people. */
  message: string;
  /** The id under which the manager's log has the request: the caller's `X-Request-Id`, or a new one. Writes have one. */
  requestId?: string;
};

/** The body of every 4xx and 5xx reply, the two probes apart. Any code is accepted: newer managers have more. */
export type ErrorBody = {
  /** What went wrong. */
  error: ErrorDetail;
};

/** Query of `POST /v1/promote`: what must hold, or the instance stays what it is and answers 412. An unknown parameter is refused, since a misspelt precondition would promote unconditionally. */
export type PromoteRequest = {
  /** The lowest replication offset that the instance may have. */
  minOffset?: number;
  /** The replication id that the instance must have. */
  replicationId?: string;
  /** Extension: promotes also an instance that would lose the data set by it. The preconditions hold all the same. */
  force?: boolean;
};

/** Query of `POST /v1/demote`: the primary to follow. */
export type DemoteRequest = {
  /** IPv4 or IPv6 address of the primary, without brackets. */
  primaryIP: string;
  /** Its Redis port. */
  port: number;
  /** Extension: follows it without asking it whether it is a primary. */
  force?: boolean;
};
