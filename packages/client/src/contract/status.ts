import * as z from "zod";

// z.int() refuses what is beyond 2^53 - 1. A larger JSON number has been rounded by then, to 2^53 at least.
const count = z.int().nonnegative();

// 0 is what Redis reports for a replica that announced no port.
const observedPort = z.int().min(0).max(65_535);

const statusFields = {
  /** Position in the replication stream, in bytes. */
  replicationOffset: count,
  /** How many replicas follow a primary; 0 on a replica. */
  connectedReplicas: count,
  /** Always: a Redis that does not answer is a 503. */
  connected: z.literal(true),
  /** Extension: `master_replid`; offsets compare only between instances that share it. */
  replicationId: z.string().exactOptional(),
  /** Extension: when Redis was asked, ISO 8601. */
  observedAt: z.iso.datetime({ offset: true }).exactOptional(),
  /** Extension: whether the instance is fenced. One that is answers 503 `INSTANCE_FENCED`: its Redis is down. */
  fenced: z.boolean().exactOptional(),
};

/** What a primary knows of one of its replicas, from its `slaveN` line in `INFO replication`. */
const replicaSchema = z.object({
  /** Its address as the primary sees it. */
  host: z.string(),
  /** Its Redis port. */
  port: observedPort,
  /** Redis' word: `wait_bgsave`, `send_bulk`, `online`, … */
  state: z.string(),
  /** The last offset that the replica acknowledged. */
  offset: count,
  /**
   * How far it is behind: the primary's offset minus the acknowledged one. Before the first acknowledgement all of it, or
   * once it is `online` again what the backlog holds.
   */
  lagBytes: count,
  /** Seconds since the last acknowledgement. */
  lagSeconds: count,
});

/** `GET /v1/status` of a primary. */
const primaryStatusSchema = z.object({
  /** A primary, in Redis' word. */
  role: z.literal("master"),
  ...statusFields,
  /** Extension: what the primary knows of each replica. */
  replicas: z.array(replicaSchema).exactOptional(),
});

/** `GET /v1/status` of a replica. */
const replicaStatusSchema = z.object({
  /** A replica, in Redis' word. */
  role: z.literal("slave"),
  ...statusFields,
  /** Whether the replica is connected to its primary. */
  masterLinkStatus: z.enum(["up", "down"]),
  /** Extension: whom the replica follows. */
  primary: z
    .object({
      /** As the replica was told it. */
      host: z.string(),
      /** Its Redis port. */
      port: observedPort,
    })
    .exactOptional(),
  /** Extension: seconds since the link went down; absent while it is up. */
  linkDownSeconds: count.exactOptional(),
  /** Extension: seconds since the primary was last heard; absent while the link is down. */
  lastIoSecondsAgo: count.exactOptional(),
  /** Extension: whether the replica is receiving a full copy. */
  syncInProgress: z.boolean().exactOptional(),
});

/**
 * The 200 body of `GET /v1/status`, and of promote and demote with `Accept: application/json`.
 * Fields that this version doesn't know are dropped.
 *
 * @see https://redis.io/docs/latest/commands/info/ section replication
 */
export const instanceStatusSchema = z.discriminatedUnion("role", [primaryStatusSchema, replicaStatusSchema]);
