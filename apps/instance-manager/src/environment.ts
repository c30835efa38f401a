import { parseAllowedDestinations } from "@redis-operator/core/backup";
import { parsePeer, parsePeers } from "@redis-operator/core/isolation";
import { parseDuration } from "@redis-operator/core/kubernetes";
import { defaultManagerPort, defaultRedisPort } from "@redis-operator/client/contract";
import { commonVariables, flag, parsedBy, port } from "@redis-operator/server";
import * as z from "zod";

const durationMs = parsedBy(parseDuration);

// A variable that is set wins over the RedisCluster's field, and that one over what stands here.
const isolationFallbacks = { enabled: "true", apiServerTimeout: "5s", peerTimeout: "5s" } as const;

/** What holds where neither a variable nor the RedisCluster says otherwise. */
export const isolationDefaults = {
  enabled: flag.parse(isolationFallbacks.enabled),
  apiServerTimeoutMs: durationMs.parse(isolationFallbacks.apiServerTimeout),
  peerTimeoutMs: durationMs.parse(isolationFallbacks.peerTimeout),
};

const defaultSentinelPort = 26_379;

function parseSentinels(text: string) {
  const sentinels = parsePeers(text, { defaultPort: defaultSentinelPort });
  if (sentinels.length === 0) throw new SyntaxError("expected host[:port], comma-separated");
  return sentinels;
}

/** The environment of an instance manager. Every default of a variable stands in its schema and nowhere else. */
export const environmentSchema = z.object({
  ...commonVariables,
  HTTP_PORT: port.prefault(String(defaultManagerPort)).describe("The port of the API."),
  API_TOKEN_FILE: z
    .string()
    .exactOptional()
    .describe(
      "File with the bearer token that callers show, read anew for every request. Two tokens, one a line, hold while they rotate. Unset: no token is asked for.",
    ),
  API_TOKEN_REQUIRED_FOR: z
    .enum(["writes", "all"])
    .prefault("writes")
    .describe(
      "What the token guards: `writes` on `/v1/*`, or `all` but the probes: status, metrics and the list of backups too.",
    ),
  POD_IP: z
    .union([z.ipv4(), z.ipv6()], "expected an IP address")
    .exactOptional()
    .describe(
      "The pod's own address: announced to primaries and sentinels, and refused as a demotion's target.",
    ),

  REDIS_BINARY: z
    .string()
    .prefault("redis-server")
    .describe(
      "What is started: a path, or a name looked up in `PATH`. Its base name is what an attached process is called.",
    ),
  REDIS_PORT: port
    .prefault(String(defaultRedisPort))
    .describe("The port of Redis; with `TLS_DIR` its TLS port."),
  REDIS_CONFIG_FILE: z
    .string()
    .exactOptional()
    .describe(
      "A redis.conf of yours that the generated one includes. It may not set what the manager owns (port, directory, role, password, TLS): that is exit code 1 with a line that names it.",
    ),

  REDIS_ACL_FILE: z
    .string()
    .exactOptional()
    .describe(
      "An ACL file with the users of a supervised Redis, applied again when it changes. Needs `REDIS_PASSWORD_FILE`, whose password the default user takes. See docs/rotation.md.",
    ),
  PASSWORD_ROTATION_GRACE: durationMs
    .prefault("10m")
    .describe(
      "For how long a supervised Redis takes the old password too, after the file has changed. Longer than it takes until every pod and every client has the new one.",
    ),

  REDIS_ANNOUNCE_HOST: z
    .hostname()
    .exactOptional()
    .describe(
      "The pod's stable DNS name, announced to primaries and sentinels in place of `POD_IP`, so that a pod with a new address is known again. The sentinels have to resolve and announce host names.",
    ),

  REDIS_PRIMARY: parsedBy((text) => parsePeer(text, { defaultPort: defaultRedisPort }))
    .exactOptional()
    .describe(
      "The primary that a supervised Redis follows from its start: `host[:port]`, port 6379 unless given, IPv6 in brackets. Its own address makes it the primary. Unset: the sentinels or `status.currentPrimary` of the RedisCluster say, and without either it is the primary.",
    ),
  REDIS_SENTINELS: parsedBy(parseSentinels)
    .exactOptional()
    .describe(
      "The sentinels that say who the primary is whenever a supervised Redis starts: `host[:port]`, comma-separated, port 26379 unless given. Every address of a name is asked. They decide in place of `status.currentPrimary`, and can't be combined with `REDIS_PRIMARY`.",
    ),
  REDIS_SENTINEL_PRIMARY_NAME: z
    .string()
    .exactOptional()
    .describe("The name under which the sentinels monitor the primary. Unset: `CLUSTER_NAME`."),
  REDIS_SENTINEL_PASSWORD_FILE: z
    .string()
    .exactOptional()
    .describe(
      "File with the sentinels' password, read anew on every connection and trimmed. Unset: `REDIS_PASSWORD_FILE`.",
    ),
  REDIS_STOP_TIMEOUT: durationMs
    .prefault("60s")
    .describe(
      "How long Redis has to end on SIGTERM, in which it waits for lagging replicas and saves, before it is killed.",
    ),

  BACKUP_CREDENTIALS_DIR: z
    .string()
    .prefault("/backup-credentials")
    .describe(
      "Folder with the S3 credentials, one file each, read anew for every backup. Empty or missing: the AWS SDK's default chain.",
    ),
  BACKUP_ALLOWED_DESTINATIONS: parsedBy(parseAllowedDestinations)
    .exactOptional()
    .describe(
      "Where backups may go: `[endpoint-host]/bucket[/prefix]`, comma-separated, `*` for any host, bucket or prefix. The host stands with its port, as in `minio:9000/backups`, unless that is the scheme's own; without a host it is AWS, as in `/backups/prod`. Unset: anywhere.",
    ),
  BACKUP_PERSISTENCE_TIMEOUT: durationMs
    .prefault("1h")
    .describe("How long a backup waits for Redis' save or rewrite, its turn included."),
  BACKUP_UPLOAD_TIMEOUT: durationMs
    .prefault("6h")
    .describe("How long a backup's upload may take, and the download of a restore."),

  METRICS_TIMEOUT: durationMs
    .prefault("2s")
    .describe(
      "How long Redis has to answer a scrape of `/metrics`. After that the scrape shows `redis_up 0`, or what Redis has answered so far. Shorter than the scraper's own timeout.",
    ),
  METRICS_REDIS_EXPORTER_NAMES_ENABLED: flag
    .prefault("true")
    .describe(
      "Whether metrics stand under the names that redis_exporter gives them too, for its dashboards and alerts. See docs/metrics.md.",
    ),
  METRICS_SLOW_LOG_ENABLED: flag
    .prefault("false")
    .describe("Whether a scrape reads the slow log too: its length and newest entry, never a command."),
  METRICS_LATENCY_HISTOGRAMS_ENABLED: flag
    .prefault("false")
    .describe(
      "Whether a scrape reads a histogram of each command's latency too: 24 series for every command in use. Needs Redis 7.0.",
    ),

  READINESS_REPLICA_MAX_SILENCE: durationMs
    .exactOptional()
    .describe(
      "A replica is ready only while its link is up and it has heard of its primary within this time. Unset: a replica that answers is ready, so that the loss of every link doesn't empty the replicas' service.",
    ),

  PRIMARY_ISOLATION_ENABLED: flag
    .exactOptional()
    .meta({ fallback: isolationFallbacks.enabled })
    .describe(
      "Whether an isolated primary fails its liveness probe. Wins over `spec.primaryIsolation.enabled`.",
    ),
  PRIMARY_ISOLATION_API_SERVER_TIMEOUT: durationMs
    .exactOptional()
    .meta({ fallback: isolationFallbacks.apiServerTimeout })
    .describe("How long the API server has to answer. Wins over `spec.primaryIsolation.apiServerTimeout`."),
  PRIMARY_ISOLATION_PEER_TIMEOUT: durationMs
    .exactOptional()
    .meta({ fallback: isolationFallbacks.peerTimeout })
    .describe(
      "How long the peers have to answer, all asked at once. Wins over `spec.primaryIsolation.peerTimeout`.",
    ),
  PRIMARY_ISOLATION_CHECK_INTERVAL: durationMs
    .prefault("5s")
    .describe(
      "How often a primary makes sure that it reaches a peer or the API server. `/healthz` answers what the last check found: 503 within this time and the longer of the two timeouts after the last path was lost.",
    ),
  SELF_FENCING_ENABLED: flag
    .prefault("false")
    .describe(
      "Whether a primary that is isolated, or was replaced without its knowledge, holds its clients' writes until that is over. See docs/safety.md for what it costs.",
    ),
  REDIS_HUNG_TIMEOUT: durationMs
    .exactOptional()
    .describe(
      "A Redis that runs and has answered nothing for longer, not even that it is busy or loading, fails the liveness probe. Unset: never.",
    ),
  PEERS: parsedBy((text) => parsePeers(text, { defaultPort: defaultManagerPort }))
    .exactOptional()
    .describe(
      "Managers of the other instances, known without Kubernetes: `host[:port]`, comma-separated, port 8080 unless given, IPv6 in brackets, one entry per instance.",
    ),

  KUBERNETES_SERVICE_HOST: z
    .string()
    .exactOptional()
    .describe(
      "Set by the kubelet. Unset: no API server is configured, and isolation rests on the peers alone.",
    ),
  KUBERNETES_SERVICE_PORT: port.prefault("443").describe("Set by the kubelet."),
  SERVICE_ACCOUNT_DIR: z
    .string()
    .prefault("/var/run/secrets/kubernetes.io/serviceaccount")
    .describe("Folder with `token`, `ca.crt` and `namespace`, read anew for every request."),
});
