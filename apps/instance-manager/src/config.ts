import { parsePeers } from "@redis-operator/core/isolation";
import { parseDuration } from "@redis-operator/core/kubernetes";
import { defaultManagerPort } from "@redis-operator/client/contract";
import { flag, logLevel, parsedBy, parseEnvironment, port } from "@redis-operator/server";
import * as z from "zod";

const durationMs = parsedBy(parseDuration);

/** The environment of an instance manager. Every default stands here and nowhere else. */
const environmentSchema = z.object({
  HTTP_HOST: z.string().default("::"),
  HTTP_PORT: port.default(defaultManagerPort),
  LOG_LEVEL: logLevel.default("info"),

  CLUSTER_NAME: z.string().default(""),
  POD_NAME: z.string().default(""),
  POD_NAMESPACE: z.string().default(""),
  POD_IP: z.union([z.ipv4(), z.ipv6()], "expected an IP address").exactOptional(),

  REDIS_SUPERVISE: flag.default(true),
  REDIS_BINARY: z.string().default("redis-server"),
  REDIS_HOST: z.string().default("127.0.0.1"),
  REDIS_PORT: port.default(6379),
  REDIS_PASSWORD_FILE: z.string().exactOptional(),
  REDIS_CONFIG_FILE: z.string().exactOptional(),
  DATA_DIR: z.string().default("/data"),
  TLS_DIR: z.string().exactOptional(),

  BACKUP_CREDENTIALS_DIR: z.string().default("/backup-credentials"),
  BACKUP_PERSISTENCE_TIMEOUT: durationMs.default(3_600_000),
  BACKUP_UPLOAD_TIMEOUT: durationMs.default(6 * 3_600_000),

  READINESS_REPLICA_MAX_SILENCE: durationMs.exactOptional(),

  // No default here: a variable that is set wins over the RedisCluster, and that one over the default.
  PRIMARY_ISOLATION_ENABLED: flag.exactOptional(),
  PRIMARY_ISOLATION_API_SERVER_TIMEOUT: durationMs.exactOptional(),
  PRIMARY_ISOLATION_PEER_TIMEOUT: durationMs.exactOptional(),
  PEERS: parsedBy((text) => parsePeers(text, { defaultPort: defaultManagerPort })).exactOptional(),
  KUBERNETES_SERVICE_HOST: z.string().exactOptional(),
  KUBERNETES_SERVICE_PORT: port.default(443),
  SERVICE_ACCOUNT_DIR: z.string().default("/var/run/secrets/kubernetes.io/serviceaccount"),
});

/** Everything that an instance manager is told, in its own words. */
export type Config = ReturnType<typeof readConfig>;

/** What holds where neither a variable nor the RedisCluster says otherwise. */
const isolationDefaults = { enabled: true, apiServerTimeoutMs: 5_000, peerTimeoutMs: 5_000 } as const;

/**
 * Reads the configuration.
 *
 * @throws EnvironmentError with every variable that doesn't fit.
 */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const env = parseEnvironment(environmentSchema, environment);
  return {
    logLevel: env.LOG_LEVEL,
    http: {
      host: env.HTTP_HOST,
      port: env.HTTP_PORT,
      // A backup that was aborted has answered by then.
      closeGraceMs: 5_000,
    },
    pod: {
      cluster: env.CLUSTER_NAME,
      name: env.POD_NAME,
      namespace: env.POD_NAMESPACE,
      ip: env.POD_IP,
    },
    redis: {
      isSupervised: env.REDIS_SUPERVISE,
      binary: env.REDIS_BINARY,
      host: env.REDIS_HOST,
      port: env.REDIS_PORT,
      passwordFile: env.REDIS_PASSWORD_FILE,
      userConfigFile: env.REDIS_CONFIG_FILE,
      dataDir: env.DATA_DIR,
      tlsDir: env.TLS_DIR,
      // Together within the second that a kubelet waits for a probe by default, so that a Redis that is hung is seen
      // as such and not as a manager that doesn't answer.
      probe: { connectTimeoutMs: 400, commandTimeoutMs: 400 },
      query: { connectTimeoutMs: 2_000, commandTimeoutMs: 2_000 },
      // BGSAVE answers after the fork, about a second per 50 GB; REPLICAOF after it has freed an old data set.
      admin: { connectTimeoutMs: 2_000, commandTimeoutMs: 15_000 },
      readBackTimeoutMs: 5_000,
      // Redis waits up to its own shutdown-timeout (10 s) for lagging replicas and then saves.
      stopGraceMs: 60_000,
    },
    readiness: { replicaMaxSilenceMs: env.READINESS_REPLICA_MAX_SILENCE },
    backup: {
      credentialsDir: env.BACKUP_CREDENTIALS_DIR,
      pollIntervalMs: 250,
      persistenceTimeoutMs: env.BACKUP_PERSISTENCE_TIMEOUT,
      uploadTimeoutMs: env.BACKUP_UPLOAD_TIMEOUT,
      uploadConnectTimeoutMs: 10_000,
      uploadIdleTimeoutMs: 60_000,
    },
    liveness: {
      // A healthy API server answers within milliseconds; the peers are left alone then.
      peerHeadStartMs: 250,
    },
    clusterView: {
      staticPeers: env.PEERS ?? [],
      peerPort: env.HTTP_PORT,
      settings: {
        environment: {
          enabled: env.PRIMARY_ISOLATION_ENABLED,
          apiServerTimeoutMs: env.PRIMARY_ISOLATION_API_SERVER_TIMEOUT,
          peerTimeoutMs: env.PRIMARY_ISOLATION_PEER_TIMEOUT,
        },
        defaults: isolationDefaults,
      },
      refreshIntervalMs: 30_000,
      requestTimeoutMs: 5_000,
    },
    kubernetes:
      env.KUBERNETES_SERVICE_HOST === undefined
        ? undefined
        : {
            host: env.KUBERNETES_SERVICE_HOST,
            port: env.KUBERNETES_SERVICE_PORT,
            serviceAccountDir: env.SERVICE_ACCOUNT_DIR,
          },
  } as const;
}
