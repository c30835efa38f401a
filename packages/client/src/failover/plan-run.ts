import { type BoundedCluster, boundCluster } from "./bounded-cluster.ts";
import { FailoverError } from "./failover-error.ts";
import { createFenceWatch, type FenceWatch } from "./fence-watch.ts";
import type { Plan } from "./plan.ts";
import type { ClusterPort, ClusterState, PlannedInstance } from "./ports.ts";
import { lookAt, type Sight } from "./sight.ts";

/** What the steps of one run share. */
export interface PlanRun {
  readonly plan: Plan;
  readonly cluster: BoundedCluster;
  readonly fences: FenceWatch;
  readonly instance: (name: string) => PlannedInstance;
  readonly lookAt: (instance: string) => Promise<Sight>;
  /** The offset, in bytes, that it had when it was last seen as a primary by this run; 0 if it wasn't. */
  readonly lastPrimaryOffset: (instance: string) => number;
  readonly signal: AbortSignal | undefined;
}

/** What a run is made of. */
export interface PlanRunDeps {
  /** The client of an instance's manager, made or looked up by the pod's name. */
  readonly instance: (name: string) => PlannedInstance;
  readonly cluster: ClusterPort;
  readonly signal: AbortSignal | undefined;
}

// The API server answers a write within a second; a longer one is a stop, which is safe.
const clusterTimeoutMs = 10_000;

/** Begins a run of a plan. */
export function createPlanRun(plan: Plan, { instance, cluster: port, signal }: PlanRunDeps): PlanRun {
  const cluster = boundCluster(port, { timeoutMs: clusterTimeoutMs, signal });
  const offsets = new Map<string, number>();

  async function look(name: string): Promise<Sight> {
    const sight = await lookAt(instance(name), signal);
    if (sight.kind === "status" && sight.status.role === "master") {
      offsets.set(name, sight.status.replicationOffset);
    }
    return sight;
  }

  const fences = createFenceWatch({ lookAt: look, isGone: (name) => cluster.isGone(name), signal });
  const lastPrimaryOffset = (name: string) => offsets.get(name) ?? 0;
  return { plan, cluster, fences, instance, lookAt: look, lastPrimaryOffset, signal };
}

/** At which point of the plan the RedisCluster is to stand. */
export interface Standing {
  /** Whether the plan's primary has to be named already; otherwise its predecessor may be. */
  readonly isNamed: boolean;
}

/**
 * Makes sure that the plan is still the one that counts: asked right before every change.
 *
 * @throws FailoverError `PLAN_SUPERSEDED`, or what the port throws: without knowing, nothing is changed.
 */
export async function requireCurrent(
  { plan, cluster }: Pick<PlanRun, "plan" | "cluster">,
  { isNamed }: Standing,
): Promise<ClusterState> {
  const state = await cluster.read();
  if (state.generation !== plan.generation) {
    throw new FailoverError(
      "PLAN_SUPERSEDED",
      `the plan has generation ${plan.generation}, the RedisCluster stands at ${state.generation}`,
    );
  }
  const { currentPrimary } = state;
  if (currentPrimary === plan.primary || (!isNamed && isPredecessor(plan, currentPrimary))) return state;
  throw new FailoverError(
    "PLAN_SUPERSEDED",
    `the RedisCluster names ${currentPrimary ?? "nobody"} as its primary, the plan is for ${plan.primary}`,
  );
}

/**
 * Makes sure of the same, and that nobody has lifted a fence of the plan.
 *
 * @throws FailoverError `PLAN_SUPERSEDED`, or what the port throws.
 */
export async function requireFenced(
  run: Pick<PlanRun, "plan" | "cluster">,
  { instances, isNamed }: Standing & { readonly instances: readonly string[] },
): Promise<void> {
  const { fenced } = await requireCurrent(run, { isNamed });
  const lifted = instances.find((instance) => !fenced.includes(instance));
  if (lifted === undefined) return;
  throw new FailoverError("PLAN_SUPERSEDED", `the fence of ${lifted} was lifted by somebody else`);
}

/**
 * Tells whether the plan's primary has taken its place already, so that nothing before that is to be done again: by an
 * earlier run of the plan, or because it has started as the one that is named.
 *
 * @throws FailoverError as {@link requireCurrent}.
 */
export async function isInPlace(run: PlanRun): Promise<boolean> {
  const { currentPrimary } = await requireCurrent(run, { isNamed: false });
  if (run.plan.kind === "rejoin" || currentPrimary !== run.plan.primary) return false;
  const sight = await run.lookAt(run.plan.primary);
  return sight.kind === "status" && sight.status.role === "master";
}

function isPredecessor({ steps }: Plan, currentPrimary: string | undefined): boolean {
  return steps.some((step) => step.action === "name-primary" && step.previous === (currentPrimary ?? null));
}
