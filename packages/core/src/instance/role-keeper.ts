import { isDeepStrictEqual } from "node:util";
import { describeError, isInstanceError } from "../errors.ts";
import type { KnownClusterState } from "../kubernetes/cluster-observer.ts";
import type { Logger } from "../logger.ts";
import type { RedisConnection } from "../redis/connection.ts";
import type { BootDecision, BootRole } from "../replication/boot-role.ts";
import type { RedisAddress } from "../replication/own-address.ts";
import { readCandidate } from "../replication/promotion-safety.ts";
import type { RoleChanges } from "../replication/role-changes.ts";
import { decideRoleStep, hasRole } from "./role-step.ts";

/** Brings one run of Redis from the role that it started in to the one that it is to have. */
export interface RoleKeeper {
  /** Whether the role is nobody's but the operator's from now on. */
  isSettled(): boolean;
  /** Why Redis may take no traffic in the role that it has; `undefined` if nothing speaks against it. */
  notReadyReason(): string | undefined;
  /**
   * Does the next step towards the role that is known now. Trouble with Redis is for the next attempt.
   *
   * @returns After how many milliseconds the next is due without a change of what is known; `undefined`: only after one.
   */
  settle(known: KnownClusterState | undefined): Promise<number | undefined>;
}

/** What {@link createRoleKeeper} needs. */
export interface RoleKeeperDeps {
  /** To the Redis whose role it is. */
  readonly redis: RedisConnection;
  readonly redisPort: number;
  readonly own: { readonly podName: string; readonly ipAddresses: readonly string[] };
  /** By what is known of the cluster, or anew by whoever else decides. */
  readonly decide: (known: KnownClusterState | undefined) => Promise<BootDecision>;
  readonly promote: () => Promise<unknown>;
  readonly demote: (primary: RedisAddress) => Promise<unknown>;
  /** Looks for an instance with data among these. @returns What was found, in a few words. */
  readonly findPeerWithData: (
    peers: readonly RedisAddress[],
    options: { readonly signal: AbortSignal },
  ) => Promise<string | undefined>;
  readonly roleChanges: Pick<RoleChanges, "run">;
  readonly times: RoleKeeperTimes;
  /** Ends a search for data; a change that waits for its turn isn't made any more. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** How long a keeper waits between two attempts, in milliseconds. */
export interface RoleKeeperTimes {
  /** For Redis to be there. */
  readonly retryMs: number;
  /** For it to have loaded, or to be told its role by somebody else. Whoever decides is asked again. */
  readonly askAgainMs: number;
  /** For the data of other instances to be gone, which are looked for over the network. */
  readonly heldRetryMs: number;
}

/** The role that a run of Redis was started in, and the one that it is to have. */
export interface StartedRole {
  readonly given: BootRole;
  readonly decision: BootDecision;
}

interface Emptiness {
  readonly isEmpty: boolean;
  readonly peers: readonly RedisAddress[];
  readonly known: KnownClusterState | undefined;
}

interface Change {
  readonly known: KnownClusterState | undefined;
  readonly act: () => Promise<unknown>;
}

/** Creates the keeper of a Redis that was just started. */
export function createRoleKeeper(deps: RoleKeeperDeps, started: StartedRole): RoleKeeper {
  const { redis, redisPort, own, decide, signal, logger } = deps;
  const { retryMs, askAgainMs, heldRetryMs } = deps.times;
  let given = started.given;
  const isAsDecided = given.role === started.decision.boot.role;
  let isSettled = started.decision.isSettled && isAsDecided;
  let notReady = isAsDecided ? started.decision.notReady : "it is about to become the primary";

  async function takeStep(known: KnownClusterState | undefined): Promise<number | undefined> {
    // First what may not be there yet.
    const found = await readCandidate(redis);
    const decision = await decide(known);
    const next = decideRoleStep({ given, decided: decision.boot, found, redisPort });
    switch (next.step) {
      case "wait":
        return askAgainMs;
      case "leave":
        logger.info({}, "the role was changed by somebody else since the start: it stands");
        isSettled = true;
        notReady = undefined;
        return undefined;
      case "keep":
        isSettled = decision.isSettled;
        if (decision.notReady === undefined) notReady = undefined;
        else hold(decision.notReady);
        // Somebody else may change the role, which then stands.
        return notReady === undefined ? undefined : askAgainMs;
      case "follow":
        return change(decision.boot, { known, act: () => deps.demote(next.primary) });
      case "promote":
        return promoteUnlessEmpty({ isEmpty: next.isEmpty, peers: decision.peers ?? [], known });
      default:
        return next satisfies never;
    }
  }

  async function promoteUnlessEmpty({ isEmpty, peers, known }: Emptiness): Promise<number> {
    const others = [...peers, ...podsIn(known)];
    const evidence = isEmpty ? await deps.findPeerWithData(others, { signal }) : undefined;
    if (evidence === undefined) return change({ role: "primary" }, { known, act: deps.promote });
    hold(`it is named as the primary and holds no data, while ${evidence}: replicas would drop theirs`);
    return heldRetryMs;
  }

  async function change(role: BootRole, { known, act }: Change): Promise<number> {
    return deps.roleChanges.run(
      async () => {
        // Its turn may have come late, and looking for data takes a while.
        const { boot } = await decide(known);
        const { status } = await readCandidate(redis);
        // Another change came before its turn; the next step looks at what it made.
        if (signal.aborted || !isDeepStrictEqual(boot, role) || !hasRole(status, given, redisPort)) return 0;
        await act();
        given = role;
        return 0;
      },
      { what: "the settling of the boot role" },
    );
  }

  function hold(reason: string): void {
    if (notReady !== reason) logger.warn({ reason }, "the role can't be settled");
    notReady = reason;
  }

  function podsIn(known: KnownClusterState | undefined): readonly RedisAddress[] {
    const pods = known?.state.pods ?? [];
    const others = pods.filter(({ name, ip }) => name !== own.podName && !own.ipAddresses.includes(ip));
    return others.map(({ ip }) => ({ host: ip, port: redisPort }));
  }

  return {
    isSettled: () => isSettled,
    notReadyReason: () => notReady,
    async settle(known) {
      try {
        return await takeStep(known);
      } catch (error) {
        if (!isInstanceError(error)) throw error;
        // Redis that isn't there yet, or is busy, says so itself.
        if (!error.code.startsWith("REDIS_")) hold(describeError(error));
        return retryMs;
      }
    },
  };
}
