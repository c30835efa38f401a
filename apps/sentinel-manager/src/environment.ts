import { parsePeer } from "@redis-operator/core/isolation";
import { defaultManagerPort, defaultRedisPort } from "@redis-operator/client/contract";
import { commonVariables, parsedBy, port } from "@redis-operator/server";
import * as z from "zod";

/** The environment of a sentinel manager. Every default of a variable stands in its schema and nowhere else. */
export const environmentSchema = z.object({
  ...commonVariables,
  HTTP_PORT: port.prefault(String(defaultManagerPort)).describe("The port of the API."),

  REDIS_BINARY: z
    .string()
    .prefault("redis-sentinel")
    .describe(
      "What is started: a path, or a name looked up in `PATH`. Its base name is what an attached process is called.",
    ),
  REDIS_PORT: port.prefault("26379").describe("The port of Sentinel; with `TLS_DIR` its TLS port."),
  REDIS_CONFIG_FILE: z
    .string()
    .exactOptional()
    .describe(
      "A sentinel.conf of yours, taken at the very first start. From then on Sentinel keeps its state, and its configuration with it, in `DATA_DIR`. A primary for which it sets neither `auth-pass` nor `auth-user` is asked with the password of `REDIS_PASSWORD_FILE`.",
    ),
  REDIS_PRIMARY: parsedBy((text) => parsePeer(text, { defaultPort: defaultRedisPort }))
    .exactOptional()
    .describe(
      "The primary that Sentinel monitors from its very first start on: `host[:port]`, port 6379 unless given. With a DNS name Sentinel resolves and announces host names. Unset: what `REDIS_CONFIG_FILE` says.",
    ),
  REDIS_SENTINEL_PRIMARY_NAME: z
    .string()
    .exactOptional()
    .describe("The name under which it monitors `REDIS_PRIMARY`. Unset: `CLUSTER_NAME`."),
  REDIS_SENTINEL_QUORUM: z.coerce
    .number()
    .int()
    .positive()
    .prefault("2")
    .describe("How many sentinels have to agree that `REDIS_PRIMARY` is down."),
});
