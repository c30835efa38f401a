import { type Authentication, EnvironmentError, parseApiTls, parseEnvironment } from "@redis-operator/server";
import type * as z from "zod";
import { environmentSchema } from "./environment.ts";

/** Everything that a sentinel manager is told, in its own words. */
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
      // Only probes are answered, and each ends within the sentinel's deadlines.
      closeGraceMs: 2_000,
      tls: parseApiTls(env),
    },
    // Probes alone: they ask for nothing but the certificate that everybody shows.
    authentication: { clientAuth: env.API_TLS_CLIENT_AUTH, requiredFor: "writes" } satisfies Authentication,
    pod: { cluster: env.CLUSTER_NAME, namespace: env.POD_NAMESPACE, pod: env.POD_NAME },
    sentinel: {
      isSupervised: env.REDIS_SUPERVISE,
      binary: env.REDIS_BINARY,
      host: env.REDIS_HOST,
      port: env.REDIS_PORT,
      passwordFile: env.REDIS_PASSWORD_FILE,
      seedFile: env.REDIS_CONFIG_FILE,
      firstPrimary: readFirstPrimary(env),
      dataDir: env.DATA_DIR,
      tlsDir: env.TLS_DIR,
      // Together within the second that a kubelet waits for a probe by default.
      connectTimeoutMs: 400,
      commandTimeoutMs: 400,
      // Sentinel saves nothing at its end; it is gone within milliseconds.
      stopGraceMs: 10_000,
    },
  } as const;
}

function readFirstPrimary(env: z.output<typeof environmentSchema>) {
  const { REDIS_PRIMARY: primary, REDIS_SENTINEL_QUORUM: quorum, CLUSTER_NAME: cluster } = env;
  if (primary === undefined) return undefined;
  const name = env.REDIS_SENTINEL_PRIMARY_NAME ?? cluster;
  if (name === "") {
    throw new EnvironmentError(["REDIS_PRIMARY: needs CLUSTER_NAME or REDIS_SENTINEL_PRIMARY_NAME"]);
  }
  return { ...primary, name, quorum };
}
