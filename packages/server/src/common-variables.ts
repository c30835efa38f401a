import * as z from "zod";
import { flag, logLevel } from "./environment.ts";

/** The variables that both managers understand alike, described for the configuration reference. */
export const commonVariables = {
  HTTP_HOST: z
    .string()
    .prefault("::")
    .describe("Where the API listens. `::` takes IPv4 too, and is `0.0.0.0` on a machine without IPv6."),
  API_TLS_DIR: z
    .string()
    .exactOptional()
    .describe(
      "Folder with `tls.crt` and `tls.key`: the API is served over TLS, with new files as soon as they are there. Unset: plain HTTP.",
    ),
  API_TLS_CLIENT_AUTH: z
    .enum(["none", "optional", "required"])
    .prefault("none")
    .describe(
      "Whether callers show a certificate that `ca.crt` in `API_TLS_DIR` signed. `optional`: one does in place of the token. `required`: nothing is answered without, probes included.",
    ),
  LOG_LEVEL: logLevel
    .prefault("info")
    .describe("How much is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal`, `silent`."),

  CLUSTER_NAME: z
    .string()
    .prefault("")
    .describe("The RedisCluster that the pod belongs to; a label of every metric."),
  POD_NAME: z.string().prefault("").describe("The pod's name; a label of every metric."),
  POD_NAMESPACE: z
    .string()
    .prefault("")
    .describe(
      "The pod's namespace; a label of every metric. Unset: the service account's, for reading from Kubernetes.",
    ),

  REDIS_SUPERVISE: flag
    .prefault("true")
    .describe(
      "`true`: the manager starts Redis as its child and owns it. `false`: it attaches to one that something else started.",
    ),
  REDIS_HOST: z.string().prefault("127.0.0.1").describe("Where the Redis beside the manager is reached."),
  REDIS_PASSWORD_FILE: z
    .string()
    .exactOptional()
    .describe("File with the password, read anew on every connection and trimmed."),
  DATA_DIR: z.string().prefault("/data").describe("The working directory of a supervised Redis."),
  TLS_DIR: z
    .string()
    .exactOptional()
    .describe(
      "Folder with `tls.crt`, `tls.key` and `ca.crt`: the manager speaks TLS to Redis, and a supervised Redis serves it.",
    ),
} as const;
