import { join } from "node:path";
import { type Authentication, EnvironmentError, parseApiTls, parseEnvironment } from "@redis-operator/server";
import type * as z from "zod";
import { environmentSchema, isolationDefaults } from "./environment.ts";

/** How often and how patiently the API server is asked. docs/operations.md says what that comes to. */
export const observerPace = {
  requestTimeoutMs: 5_000,
  watchMs: 600_000,
  // The API server sends a bookmark each minute.
  silenceMs: 150_000,
  pollMs: 30_000,
  watchAgainMs: 600_000,
  firstRetryMs: 1_000,
  longestRetryMs: 30_000,
} as const;

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
      // Long enough for a probe, and for an operator that polls each second.
      crashNoticeMs: 1_000,
      tls: parseApiTls(env),
    },
    authentication: readAuthentication(env),
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
      aclFile: readAclFile(env),
      // Together within the second that a kubelet waits for a probe by default, so that a Redis that is hung is seen
      // as such and not as a manager that doesn't answer.
      probe: { connectTimeoutMs: 400, commandTimeoutMs: 400 },
      query: { connectTimeoutMs: 2_000, commandTimeoutMs: 2_000 },
      // BGSAVE answers after the fork, about a second per 50 GB; REPLICAOF after it has freed an old data set.
      admin: { connectTimeoutMs: 2_000, commandTimeoutMs: 15_000 },
      readBackTimeoutMs: 5_000,
      // Whom a demotion names is asked for its role; one that is down must not hold the demotion up.
      target: { connectTimeoutMs: 1_000, commandTimeoutMs: 1_000 },
      // Less than a caller's own patience: an order is better refused than carried out when nobody waits for it.
      roleChangeMaxWaitMs: 5_000,
      stopGraceMs: env.REDIS_STOP_TIMEOUT,
      configuredPrimary: env.REDIS_PRIMARY,
      // A name outlives the pod's address.
      announceHost: env.REDIS_ANNOUNCE_HOST,
    },
    sentinels: readSentinels(env),
    bootRole: {
      // A healthy API server answers within milliseconds; what takes longer may take for ever.
      firstReadingMs: 5_000,
      retryMs: 250,
      // Every sentinel is asked each time.
      askAgainMs: env.REDIS_SENTINELS === undefined ? 250 : 1_000,
      heldRetryMs: 2_000,
      // A primary without data asks its peers whether they hold any. One that is silent for so long is taken for one that
      // holds none, or a new cluster would wait for ever for a pod that can't start.
      peerSearch: { patienceMs: 5_000, retryIntervalMs: 250 },
      peer: { connectTimeoutMs: 1_000, commandTimeoutMs: 1_000 },
    },
    rotation: {
      passwordGraceMs: env.PASSWORD_ROTATION_GRACE,
      // Events come at once; the kubelet itself looks once a minute.
      pollIntervalMs: 5_000,
      // A file of a few lines is written in less.
      settleMs: 100,
    },
    metrics: {
      timeoutMs: env.METRICS_TIMEOUT,
      // Each may take all the time that there is.
      scrape: { connectTimeoutMs: env.METRICS_TIMEOUT, commandTimeoutMs: env.METRICS_TIMEOUT },
      redisExporterNames: env.METRICS_REDIS_EXPORTER_NAMES_ENABLED,
      reads: {
        slowLog: env.METRICS_SLOW_LOG_ENABLED,
        latencyHistograms: env.METRICS_LATENCY_HISTOGRAMS_ENABLED,
      },
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
    isolation: {
      isSelfFencing: env.SELF_FENCING_ENABLED,
      hungTimeoutMs: env.REDIS_HUNG_TIMEOUT,
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
      pace: {
        lookIntervalMs: 500,
        checkIntervalMs: env.PRIMARY_ISOLATION_CHECK_INTERVAL,
        // A healthy peer answers within milliseconds; the API server is left alone then.
        headStartMs: Math.min(250, env.PRIMARY_ISOLATION_CHECK_INTERVAL / 4),
        troubledIntervalMs: Math.min(1_000, env.PRIMARY_ISOLATION_CHECK_INTERVAL),
      },
      // Four renewals may fail before writes flow again, and so long they wait when the manager is gone.
      lease: { leaseMs: 5_000, renewMs: 1_000 },
    },
    clusterObserver: {
      stateFile: join(env.DATA_DIR, ".cluster-state.json"),
      pace: observerPace,
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

function readSentinels(env: z.output<typeof environmentSchema>) {
  const { REDIS_SENTINELS: addresses, CLUSTER_NAME: cluster } = env;
  if (addresses === undefined) return undefined;
  const primaryName = env.REDIS_SENTINEL_PRIMARY_NAME ?? cluster;
  const problems = [
    ...(env.REDIS_PRIMARY === undefined
      ? []
      : ["can't be combined with REDIS_PRIMARY: either names the primary"]),
    ...(primaryName === "" ? ["needs CLUSTER_NAME or REDIS_SENTINEL_PRIMARY_NAME"] : []),
  ];
  if (problems.length > 0)
    throw new EnvironmentError(problems.map((problem) => `REDIS_SENTINELS: ${problem}`));
  return {
    addresses,
    primaryName,
    passwordFile: env.REDIS_SENTINEL_PASSWORD_FILE ?? env.REDIS_PASSWORD_FILE,
    resolveTimeoutMs: 1_000,
    patience: { connectTimeoutMs: 1_000, commandTimeoutMs: 1_000 },
  } as const;
}

/** Without a password the manager would get in only through a default user that is open to everybody. */
function readAclFile(env: z.output<typeof environmentSchema>): string | undefined {
  const { REDIS_ACL_FILE: aclFile, REDIS_PASSWORD_FILE: passwordFile, REDIS_SUPERVISE: isSupervised } = env;
  if (aclFile !== undefined && passwordFile === undefined && isSupervised) {
    throw new EnvironmentError(["REDIS_ACL_FILE: needs REDIS_PASSWORD_FILE"]);
  }
  return aclFile;
}

function readAuthentication(env: z.output<typeof environmentSchema>): Authentication {
  const {
    API_TOKEN_FILE: tokenFile,
    API_TOKEN_REQUIRED_FOR: requiredFor,
    API_TLS_CLIENT_AUTH: clientAuth,
  } = env;
  if (requiredFor === "all" && tokenFile === undefined && clientAuth === "none") {
    throw new EnvironmentError(["API_TOKEN_REQUIRED_FOR: all needs API_TOKEN_FILE or API_TLS_CLIENT_AUTH"]);
  }
  return { tokenFile, requiredFor, clientAuth };
}
