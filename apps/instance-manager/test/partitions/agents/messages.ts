import * as z from "zod";

/** What a writer is told at its start. */
export const writerOptionsSchema = z.object({
  /** Prefix of its keys. */
  name: z.string(),
  host: z.string(),
  /** Pause between an answer and the next write. */
  paceMs: z.number(),
  /** How long it waits for an answer before it gives the connection up. */
  timeoutMs: z.number(),
  valueBytes: z.number(),
});

/** What a writer is told later: to write to another host, to hold still, or to go on. */
export const writerCommandSchema = z.object({
  host: z.string().optional(),
  isHeld: z.boolean().optional(),
});

/** One write as the writer saw it. Times in milliseconds since the epoch. */
export const writeSchema = z.object({
  key: z.string(),
  host: z.string(),
  sentAt: z.number(),
  endedAt: z.number(),
  /** `unknown`: no answer came, so it may have happened. */
  outcome: z.enum(["acknowledged", "refused", "unknown"]),
});
/** See {@link writeSchema}. */
export type Write = z.infer<typeof writeSchema>;

/** What a prober is told at its start. */
export const proberOptionsSchema = z.object({
  targets: z.array(
    z.object({
      name: z.enum(["host", "kubelet"]),
      url: z.string(),
      intervalMs: z.number(),
      timeoutMs: z.number(),
    }),
  ),
});

/** One answer to a probe. */
export const probeSchema = z.object({
  /** `control`: a server of the prober's own that has nothing else to do; its latency is the machine's and the prober's. */
  target: z.enum(["host", "kubelet", "control"]),
  /** Milliseconds since the epoch. */
  sentAt: z.number(),
  latencyMs: z.number(),
  /** `undefined`: no answer in time, or no connection. */
  status: z.number().optional(),
  text: z.string(),
});
/** See {@link probeSchema}. */
export type Probe = z.infer<typeof probeSchema>;

/** What an API server is told at its start. */
export const apiServerOptionsSchema = z.object({ host: z.string(), namespace: z.string() });

/** What an API server is told later. */
export const apiServerCommandSchema = z.object({
  mode: z
    .union([
      z.literal([401, 403, 429, 500]),
      z.enum(["ok", "stalled", "closes", "slow-head", "slow-body", "no-json", "plain-http"]),
    ])
    .optional(),
  clusters: z.record(z.string(), z.unknown()).optional(),
  pods: z.array(z.object({ name: z.string(), cluster: z.string(), ip: z.string() })).optional(),
});
/** See {@link apiServerCommandSchema}. */
export type ApiServerCommand = z.infer<typeof apiServerCommandSchema>;

/** What an API server answers: where it is, and how often it was asked whether it is there; after every command too. */
export const apiServerReportSchema = z.object({
  port: z.number(),
  serviceAccountDir: z.string(),
  checks: z.number(),
});
