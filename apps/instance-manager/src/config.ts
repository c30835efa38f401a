import { parseEnvironment } from "@redis-operator/server";
import { environmentSchema, isolationDefaults } from "./environment.ts";

/** Everything that an instance manager is told, in its own words. */
export type Config = ReturnType<typeof readConfig>;

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
      // What is left by then are answers on their way: no request outlasts Redis and the backup.
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
      allowedDestinations: env.BACKUP_ALLOWED_DESTINATIONS,
      settings: {
        pollIntervalMs: 250,
        persistenceTimeoutMs: env.BACKUP_PERSISTENCE_TIMEOUT,
        uploadTimeoutMs: env.BACKUP_UPLOAD_TIMEOUT,
        uploadConnectTimeoutMs: 10_000,
        uploadIdleTimeoutMs: 60_000,
        // A store that refuses every third request still gets all parts of a large object.
        uploadMaxAttempts: 10,
      },
      // Removing the parts of an aborted upload takes 10 s at the most.
      stopTimeoutMs: 12_000,
    },
    restore: {
      patience: { connectTimeoutMs: 10_000, idleTimeoutMs: 60_000, maxAttempts: 5 },
      // Redis loads some 100 MB a second, and is given as long as an upload.
      redisTimeoutMs: env.BACKUP_UPLOAD_TIMEOUT,
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
