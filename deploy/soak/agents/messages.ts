import * as z from "zod";

/** What an API server is told at its start. */
export const apiServerOptions = z.object({ host: z.string(), namespace: z.string() });

const apiServerMode = z.union([z.literal(500), z.enum(["ok", "stalled", "closes"])]);
/** How an API server treats its callers. */
export type ApiServerMode = z.infer<typeof apiServerMode>;

/** What it is told later. */
export const apiServerCommand = z.object({
  mode: apiServerMode.optional(),
  clusters: z.record(z.string(), z.unknown()).optional(),
  pods: z.array(z.object({ name: z.string(), cluster: z.string(), ip: z.string() })).optional(),
});

/** What it answers. */
export const apiServerPlace = z.object({ port: z.number(), serviceAccountDir: z.string() });
/** See {@link apiServerPlace}. */
export type ApiServerPlace = z.infer<typeof apiServerPlace>;

/** What a store is told at its start. */
export const storeOptions = z.object({ host: z.string(), bucket: z.string() });

const storeMode = z.enum(["ok", "away", "unavailable", "resetting"]);
/** How a store treats its callers. */
export type StoreMode = z.infer<typeof storeMode>;

/** What a store is told later. */
export const storeCommand = z.object({
  mode: storeMode.optional(),
  checksumOf: z.string().optional(),
  list: z.boolean().optional(),
  /** Delete all objects and tell whether nothing is left. */
  empty: z.boolean().optional(),
});

/** What it answers. */
export const storeReply = z.object({
  endpoint: z.string(),
  sizeBytes: z.number().optional(),
  sha256: z.string().optional(),
  keys: z.array(z.string()).optional(),
  isEmpty: z.boolean().optional(),
});
/** See {@link storeReply}. */
export type StoreReply = z.infer<typeof storeReply>;

/** What the load is told at its start. */
export const loadOptions = z.object({
  hostsFile: z.string(),
  passwordFile: z.string(),
  /** Names as the cluster's DNS has them. */
  sentinels: z.array(z.string()),
  instances: z.array(z.object({ pod: z.string(), name: z.string() })),
  writesPerSecond: z.number(),
  /** For how long a write is looked after before it is deleted, in milliseconds. */
  keepMs: z.number(),
});

/** What it is told later. */
export const loadCommand = z.discriminatedUnion("do", [
  z.object({ do: z.literal("start") }),
  /** Looks every acknowledged write up that has not been deleted, in the primary that the sentinels name. */
  z.object({ do: z.literal("audit") }),
  /** Remembers which writes a backup that begins now has to hold. */
  z.object({ do: z.literal("mark"), backup: z.string(), floorAgeMs: z.number() }),
  /** The backup has ended: what was deleted meanwhile isn't asked of it. */
  z.object({ do: z.literal("seal"), backup: z.string() }),
  /** Compares a Redis on this host with what a backup has to hold. */
  z.object({ do: z.literal("compare"), backup: z.string(), host: z.string(), port: z.number() }),
  z.object({ do: z.literal("stop") }),
  /** What every instance holds; not while there is load. */
  z.object({ do: z.literal("digest") }),
]);

/** What the application saw in a second. */
export const loadSecond = z.object({
  at: z.number(),
  acknowledged: z.number(),
  failed: z.number(),
  reads: z.number(),
  failedReads: z.number(),
  /** Instances that took a write in this second from somebody who asked them all, whatever the sentinels say. */
  writable: z.array(z.string()),
  /** By pod: how old the newest write is that it shows, in milliseconds; absent where it doesn't answer. */
  ageMs: z.record(z.string(), z.number()),
});
/** See {@link loadSecond}. */
export type LoadSecond = z.infer<typeof loadSecond>;

/** A write that was acknowledged and isn't there. */
export const lostWrite = z.object({ number: z.number(), at: z.number(), pod: z.string() });
/** See {@link lostWrite}. */
export type LostWrite = z.infer<typeof lostWrite>;

/** The answer to `audit`. */
export const auditReply = z.object({
  looked: z.number(),
  acknowledgedInAll: z.number(),
  /** Those that no earlier audit has found missing. */
  lost: z.array(lostWrite),
});

/** The answer to `compare`. */
export const compareReply = z.object({ expected: z.number(), missing: z.number(), keys: z.number() });

/** The answer to `digest`. */
export const digestReply = z.array(z.object({ pod: z.string(), keys: z.number(), sha256: z.string() }));
