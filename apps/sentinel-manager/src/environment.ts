import { defaultManagerPort } from "@redis-operator/client/contract";
import { commonVariables, port } from "@redis-operator/server";
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
      "A sentinel.conf of yours with the `sentinel monitor` lines, taken at the very first start. From then on Sentinel keeps its state, and its configuration with it, in `DATA_DIR`.",
    ),
});
