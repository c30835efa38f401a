import { planSchema } from "@redis-operator/client/failover";
import * as z from "zod";
import { type KubernetesApi, KubernetesError } from "./api.ts";

/** Which RedisCluster. */
export interface ClusterName {
  readonly namespace: string;
  readonly name: string;
}

/** The annotations of a RedisCluster that the operator reads or writes. */
export const annotations = {
  /** JSON array of pod names: read by the managers. */
  fenced: "redis.io/fencedInstances",
  /** The pod that is to become the primary: written by people. */
  switchoverTo: "redis.io/switchoverTo",
  /** What the operator must not forget: its own. */
  operator: "redis.io/operatorState",
} as const;

const operatorStateSchema = z.object({
  /** Of the newest plan. */
  generation: z.int().nonnegative(),
  /** The plan that is under way, and the step that was begun last. */
  running: z.object({ plan: planSchema, startAt: z.int().nonnegative() }).exactOptional(),
  /** Fences that the operator has set, and not yet lifted. All others are somebody else's. */
  fences: z.array(z.string()),
  /** `suspects` of the next failover: what a plan that was given up named in `mayTakeWrites`. */
  suspects: z.array(z.string()),
});

/** What the operator must not forget between two runs of its own. */
export type OperatorState = z.infer<typeof operatorStateSchema>;

/** A RedisCluster, as far as the operator reads it. */
export interface RedisCluster {
  readonly resourceVersion: string;
  readonly currentPrimary: string | undefined;
  readonly fenced: readonly string[];
  readonly switchoverTo: string | undefined;
  readonly state: OperatorState;
}

/** What is to be different. An annotation that is `null` is removed. */
export interface ClusterChange {
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly currentPrimary?: string;
}

/** One RedisCluster on the API server. Every method throws a `KubernetesError`. */
export interface RedisClusterStore {
  read(signal: AbortSignal): Promise<RedisCluster>;
  /**
   * Makes a change that holds for the very version that it was decided on: if the RedisCluster has changed meanwhile, it is read and
   * decided anew. `undefined`: nothing is to be changed. What `decide` throws is thrown.
   */
  update(decide: (cluster: RedisCluster) => ClusterChange | undefined, signal: AbortSignal): Promise<void>;
}

// The managers write nothing there, and people rarely: two are many.
const attempts = 5;

/** Creates the store of one RedisCluster. */
export function createRedisClusterStore(
  api: KubernetesApi,
  { namespace, name }: ClusterName,
): RedisClusterStore {
  const path = `/apis/redis.io/v1/namespaces/${namespace}/redisclusters/${name}`;

  async function read(signal: AbortSignal): Promise<RedisCluster> {
    return parseRedisCluster(await api.get(path, signal), path);
  }

  async function change(
    { annotations: changed, currentPrimary }: ClusterChange,
    { resourceVersion, signal }: { readonly resourceVersion: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const metadata = { resourceVersion, ...(changed !== undefined && { annotations: changed }) };
    if (currentPrimary === undefined) await api.patch(path, { metadata }, signal);
    // The status is a subresource: it is changed by itself, and nothing else with it.
    else await api.patch(`${path}/status`, { metadata, status: { currentPrimary } }, signal);
  }

  return {
    read,
    async update(decide, signal) {
      for (let attempt = 1; ; attempt += 1) {
        const cluster = await read(signal);
        const wanted = decide(cluster);
        if (wanted === undefined) return;
        try {
          return await change(wanted, { resourceVersion: cluster.resourceVersion, signal });
        } catch (error) {
          const isConflict = error instanceof KubernetesError && error.code === "KUBERNETES_CONFLICT";
          if (!isConflict || attempt === attempts) throw error;
        }
      }
    },
  };
}

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: "custom", message: "must be JSON" });
    return z.NEVER;
  }
});

const redisClusterSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    annotations: z
      .object({
        // Go writes an empty list as null.
        [annotations.fenced]: json.pipe(z.array(z.string()).nullable()).optional(),
        [annotations.switchoverTo]: z.string().optional(),
        [annotations.operator]: json.pipe(operatorStateSchema).optional(),
      })
      .default({}),
  }),
  status: z.object({ currentPrimary: z.string().optional() }).default({}),
});

const newState: OperatorState = { generation: 0, fences: [], suspects: [] };

function parseRedisCluster(value: unknown, path: string): RedisCluster {
  const parsed = redisClusterSchema.safeParse(value);
  if (!parsed.success) {
    throw new KubernetesError("KUBERNETES_REPLY_INVALID", `GET ${path}: ${z.prettifyError(parsed.error)}`);
  }
  const { metadata, status } = parsed.data;
  return {
    resourceVersion: metadata.resourceVersion,
    currentPrimary: status.currentPrimary || undefined,
    fenced: metadata.annotations[annotations.fenced] ?? [],
    switchoverTo: metadata.annotations[annotations.switchoverTo],
    state: metadata.annotations[annotations.operator] ?? newState,
  };
}
