import { isDeepStrictEqual } from "node:util";
import { createBell } from "../bell.ts";
import { InstanceError } from "../errors.ts";
import type { ClusterObserver, KnownClusterState } from "../kubernetes/cluster-observer.ts";
import type { Logger } from "../logger.ts";
import { describeExit } from "../process/describe-exit.ts";
import type { RedisProcess } from "../process/redis-process.ts";
import type { SupervisedProcess } from "../process/supervised-process.ts";
import {
  type BootDecision,
  type BootObservation,
  type BootRole,
  decideBootRole,
  nobody,
} from "../replication/boot-role.ts";
import type { RedisAddress } from "../replication/own-address.ts";
import { isFencedIn } from "./fencing.ts";
import {
  createRoleKeeper,
  type RoleKeeper,
  type RoleKeeperDeps,
  type RoleKeeperTimes,
} from "./role-keeper.ts";

/** A supervised Redis from the manager's start to its end: whether it runs, and in which role it starts. */
export interface Instance extends RedisProcess {
  /**
   * Starts it, and settles when it was stopped. To be called once.
   *
   * @throws InstanceError `PROCESS_ENDED` if Redis ended by itself; as `takeDataDirectory` and `startRedis` if it can't be
   * started.
   */
  run(): Promise<void>;
  /** Why Redis may take no traffic, whatever it answers itself; `undefined` if nothing is known against it. */
  notReadyReason(): string | undefined;
  /** Whether the operator has fenced the instance: Redis is down, or about to be stopped. */
  isFenced(): boolean;
  /** Whether it is fenced and its Redis has ended. Until then it may take writes, and nobody is to be promoted in its place. */
  isKeptDown(): boolean;
  /** Whether Redis is to run now. It isn't while its role is awaited, and while it is fenced. */
  isMeantToRun(): boolean;
  /** Stops Redis, and whatever was about to be done with it. Calls share one stop. */
  stop(): Promise<void>;
}

/** What {@link createInstance} needs. */
export interface InstanceDeps extends Pick<
  RoleKeeperDeps,
  "redis" | "promote" | "demote" | "findPeerWithData" | "roleChanges"
> {
  /** Unset: no RedisCluster is asked. */
  readonly observer: Pick<ClusterObserver, "current" | "subscribe"> | undefined;
  readonly configuredPrimary: BootObservation["configuredPrimary"];
  /** Asks the sentinels, which decide in place of the RedisCluster. Unset: there are none. */
  readonly askSentinels: (() => Promise<BootDecision>) | undefined;
  readonly own: BootObservation["own"];
  readonly redisPort: number;
  /** Makes sure that no other Redis runs on the data, until it is given back. */
  readonly takeDataDirectory: () => Promise<AsyncDisposable>;
  readonly startRedis: (launch: Launch) => Promise<SupervisedProcess>;
  readonly times: InstanceTimes;
  readonly logger: Logger;
}

/** How long an instance waits, in milliseconds. */
export interface InstanceTimes extends RoleKeeperTimes {
  /** For the API server, before it is decided by what an earlier run has stored. */
  readonly firstReadingMs: number;
  /** For Redis to end on SIGTERM, before it is killed. */
  readonly stopGraceMs: number;
}

/** How Redis is started. */
export interface Launch {
  readonly replicaOf: RedisAddress | undefined;
  /** `spec.redis`. */
  readonly directives: Readonly<Record<string, string>>;
}

type Phase =
  | { readonly name: "waiting"; readonly reason: string }
  | { readonly name: "fenced"; readonly isDown: boolean }
  | { readonly name: "running"; readonly run: Run };

/** One run of Redis. */
interface Run {
  readonly server: SupervisedProcess;
  readonly role: RoleKeeper;
  readonly directives: Launch["directives"];
  /** Whether `directives` were read from the API server. */
  readonly isFromApiServer: boolean;
}

/**
 * Creates an instance. When it runs, it ends what an earlier manager has left behind, waits for the RedisCluster to be
 * read, then starts Redis in the role that it says, or keeps it down while it is fenced.
 *
 * In a cluster, or with sentinels, every Redis starts read-only, and one that is to be the primary is promoted once it has
 * loaded its data: an empty one would have every replica drop its own. Until the API server has confirmed a role, what it says first
 * decides; from then on the role is the operator's.
 */
export function createInstance(deps: InstanceDeps): Instance {
  const { observer, configuredPrimary, askSentinels, own, redisPort, times, logger } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const bell = createBell();
  const crash = Promise.withResolvers<never>();
  const unsubscribe = observer?.subscribe(() => bell.ring());
  let phase: Phase = { name: "waiting", reason: "its role is not known yet" };
  let dataDirectory: AsyncDisposable | undefined;
  let living: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;

  async function live(): Promise<void> {
    dataDirectory = await deps.takeDataDirectory();
    await untilApiServerWasRead();
    while (!signal.aborted) await bell.wait({ timeoutMs: await step(), signal });
  }

  async function untilApiServerWasRead(): Promise<void> {
    const deadline = performance.now() + times.firstReadingMs;
    while (isApiServerAwaited()) {
      const timeoutMs = deadline - performance.now();
      if (timeoutMs <= 0) return;
      await bell.wait({ timeoutMs, signal });
    }
  }

  function isApiServerAwaited(): boolean {
    return observer !== undefined && observer.current()?.source !== "api-server" && !signal.aborted;
  }

  /** @returns After how many milliseconds the next is due without a change; `undefined`: only after one. */
  async function step(): Promise<number | undefined> {
    const known = observer?.current();
    if (isFencedIn(known, own.podName)) return fence();
    const run = phase.name === "running" ? phase.run : await launch(known);
    if (run.role.isSettled()) return undefined;
    const isNews = known?.source === "api-server" && !run.isFromApiServer;
    if (isNews && !isDeepStrictEqual(known.state.directives, run.directives)) return restart(run);
    return run.role.settle(known);
  }

  async function fence(): Promise<undefined> {
    if (phase.name === "fenced") return;
    const server = phase.name === "running" ? phase.run.server : undefined;
    phase = { name: "fenced", isDown: server === undefined };
    logger.warn({}, "fenced by redis.io/fencedInstances: Redis is kept down");
    if (server === undefined) return;
    await deps.roleChanges.run(() => server.stop({ graceMs: times.stopGraceMs }), { what: "the fencing" });
    phase = { name: "fenced", isDown: true };
  }

  async function restart({ server }: Run): Promise<number> {
    logger.info({}, "spec.redis is another than Redis was started with: it is started anew");
    phase = { name: "waiting", reason: "starting" };
    await server.stop({ graceMs: times.stopGraceMs });
    return 0;
  }

  async function launch(known: KnownClusterState | undefined): Promise<Run> {
    if (phase.name === "fenced") logger.info({}, "no longer fenced: Redis is started");
    phase = { name: "waiting", reason: "starting" };
    const decision = await decide(known);
    const { boot, because } = decision;
    logger.info({ ...boot, because, currentPrimary: known?.state.primary?.podName }, "boot role decided");
    const given = firstRole(boot);
    const directives = known?.state.directives ?? {};
    const server = await deps.startRedis({ replicaOf: followedIn(given), directives });
    const role = createRoleKeeper({ ...deps, decide, signal }, { given, decision });
    const run = { server, role, directives, isFromApiServer: known?.source === "api-server" };
    phase = { name: "running", run };
    void watchForCrash(run);
    return run;
  }

  async function watchForCrash(run: Run): Promise<void> {
    const exit = await run.server.exited;
    if (signal.aborted || phase.name !== "running" || phase.run !== run) return;
    const how = describeExit(exit, run.server);
    crash.reject(new InstanceError("PROCESS_ENDED", `redis-server ended by itself ${how}`));
  }

  async function decide(known: KnownClusterState | undefined): Promise<BootDecision> {
    if (askSentinels !== undefined) return askSentinels();
    const cluster = observer === undefined ? "outside" : { known };
    return decideBootRole({ configuredPrimary, cluster, own, redisPort });
  }

  function firstRole(boot: BootRole): BootRole {
    const isCertain =
      configuredPrimary !== undefined || (observer === undefined && askSentinels === undefined);
    return boot.role === "primary" && !isCertain ? { role: "undesignated" } : boot;
  }

  function followedIn(role: BootRole): RedisAddress | undefined {
    if (role.role === "primary") return undefined;
    return role.role === "replica" ? role.primary : nobody(redisPort);
  }

  async function stopRedis(): Promise<void> {
    if (phase.name === "running") await phase.run.server.stop({ graceMs: times.stopGraceMs });
  }

  async function stop(): Promise<void> {
    await stopRedis();
    await living?.catch(() => undefined);
    // It was being started.
    await stopRedis();
    await dataDirectory?.[Symbol.asyncDispose]();
  }

  return {
    run() {
      living = live();
      return Promise.race([living, crash.promise]);
    },
    async isRunning() {
      return phase.name !== "running" || phase.run.server.isRunning();
    },
    isMeantToRun: () => phase.name === "running",
    isFenced: () => phase.name === "fenced",
    isKeptDown: () => phase.name === "fenced" && phase.isDown,
    notReadyReason() {
      if (phase.name === "running") return phase.run.role.notReadyReason();
      return phase.name === "fenced" ? "fenced by redis.io/fencedInstances" : phase.reason;
    },
    stop() {
      stopping.abort();
      unsubscribe?.();
      return (stopped ??= stop());
    },
  };
}
