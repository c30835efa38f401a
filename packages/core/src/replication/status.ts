import { InstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";
import {
  type InfoSnapshot,
  optionalInteger,
  parseInfoPairs,
  readInfo,
  requireField,
  requireInteger,
} from "../redis/info.ts";
import { lagOf, type LagObservation } from "./lag.ts";

/** What an instance says of its replication, read from one `INFO replication`. */
export type ReplicationStatus = PrimaryStatus | ReplicaStatus;

/** A primary and the replicas that are connected to it. */
export interface PrimaryStatus {
  readonly role: "primary";
  /** `master_repl_offset`: bytes of the replication stream that this primary has produced. */
  readonly offsetBytes: number;
  readonly replicationId: string;
  /** `connected_slaves`. */
  readonly connectedReplicas: number;
  /** Those of them that Redis describes: it leaves out one whose address it can't tell. */
  readonly replicas: readonly ConnectedReplica[];
}

/** One replica as its primary sees it. */
export interface ConnectedReplica {
  readonly host: string;
  readonly port: number;
  /** `online`, `wait_bgsave` or `send_bulk`. */
  readonly state: string;
  /** The offset that the replica last acknowledged, in bytes. */
  readonly offsetBytes: number;
  /** How far the replica is behind, in bytes; true lag, which only the primary knows. All of it while it synchronizes. */
  readonly lagBytes: number;
  /** Seconds since the replica's last acknowledgement. */
  readonly lagSeconds: number;
}

/** A replica and its link to the primary. */
export interface ReplicaStatus {
  readonly role: "replica";
  /** `slave_repl_offset`: bytes of the replication stream that this replica has applied. */
  readonly offsetBytes: number;
  readonly replicationId: string;
  readonly primary: { readonly host: string; readonly port: number };
  readonly link: "up" | "down";
  /** Seconds since the link went down; absent while it is up, and when it has never been up. */
  readonly linkDownSeconds: number | undefined;
  /** Seconds since the primary was last heard of; absent while the link is down. */
  readonly lastIoSecondsAgo: number | undefined;
  readonly syncInProgress: boolean;
}

/**
 * Reads the replication status.
 *
 * @throws InstanceError as {@link RedisConnection.send}; `REDIS_REPLY_INVALID` as {@link parseReplicationStatus}.
 * @see https://redis.io/docs/latest/commands/info/ section `replication`
 */
export async function readStatus(redis: RedisConnection): Promise<ReplicationStatus> {
  return parseReplicationStatus(await readInfo(redis, "replication"));
}

/**
 * Maps `INFO replication` to a status.
 *
 * @throws InstanceError `REDIS_REPLY_INVALID` if a field is missing or garbled. It is never taken for a zero:
 * offsets decide failovers.
 */
export function parseReplicationStatus(info: InfoSnapshot): ReplicationStatus {
  const role = requireField(info, "role");
  if (role === "master") return parsePrimary(info);
  if (role === "slave") return parseReplica(info);
  throw new InstanceError("REDIS_REPLY_INVALID", `INFO of Redis reports the unknown role ${role}`);
}

function parsePrimary(info: InfoSnapshot): PrimaryStatus {
  const offsetBytes = requireCount(info, "master_repl_offset");
  const backlogStart = optionalInteger(info, "repl_backlog_first_byte_offset");
  const stream = {
    produced: BigInt(offsetBytes),
    backlogStart: backlogStart === undefined ? undefined : BigInt(backlogStart),
  };
  const connectedReplicas = requireCount(info, "connected_slaves");
  return {
    role: "primary",
    offsetBytes,
    replicationId: requireField(info, "master_replid"),
    connectedReplicas,
    replicas: [...describedReplicas(info)].map((line) => parseConnectedReplica(line, stream)),
  };
}

/** The values of `slave0`, `slave1` and so on, which Redis numbers without gaps. */
function* describedReplicas(info: InfoSnapshot): Generator<string, void, undefined> {
  for (let index = 0; ; index += 1) {
    const line = info.get(`slave${index}`);
    if (line === undefined) return;
    yield line;
  }
}

function parseConnectedReplica(
  line: string,
  stream: Pick<LagObservation, "produced" | "backlogStart">,
): ConnectedReplica {
  const replica = parseInfoPairs(line);
  const state = requireField(replica, "state");
  const offsetBytes = requireCount(replica, "offset");
  const lag = lagOf({ ...stream, state, acknowledged: BigInt(offsetBytes) });
  return {
    host: requireField(replica, "ip"),
    port: requireInteger(replica, "port"),
    state,
    offsetBytes,
    lagBytes: Number(lag ?? stream.produced),
    // Negative after the clock was set back.
    lagSeconds: Math.max(0, requireInteger(replica, "lag")),
  };
}

function parseReplica(info: InfoSnapshot): ReplicaStatus {
  const link = requireField(info, "master_link_status");
  if (link !== "up" && link !== "down") {
    throw new InstanceError("REDIS_REPLY_INVALID", `INFO of Redis reports master_link_status:${link}`);
  }
  return {
    role: "replica",
    offsetBytes: requireCount(info, "slave_repl_offset"),
    replicationId: requireField(info, "master_replid"),
    primary: { host: requireField(info, "master_host"), port: requireInteger(info, "master_port") },
    link,
    linkDownSeconds: linkDownSeconds(info),
    lastIoSecondsAgo: secondsOrNever(info, "master_last_io_seconds_ago"),
    syncInProgress: requireInteger(info, "master_sync_in_progress") === 1,
  };
}

function requireCount(info: ReadonlyMap<string, string>, field: string): number {
  const count = requireInteger(info, field);
  if (count < 0) {
    throw new InstanceError("REDIS_REPLY_INVALID", `INFO of Redis reports ${field}:${count}`);
  }
  return count;
}

function linkDownSeconds(info: InfoSnapshot): number | undefined {
  const seconds = secondsOrNever(info, "master_link_down_since_seconds");
  // Redis 6.2.0 and 6.2.1 count the seconds since 1970 when the link has never been up.
  return seconds === undefined || seconds > 1_000_000_000 ? undefined : seconds;
}

function secondsOrNever(info: InfoSnapshot, field: string): number | undefined {
  const seconds = optionalInteger(info, field);
  // Redis writes -1 for "never" and "not applicable".
  return seconds === undefined || seconds < 0 ? undefined : seconds;
}
