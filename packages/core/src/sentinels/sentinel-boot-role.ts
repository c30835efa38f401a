import { formatHostPort } from "../host-port.ts";
import type { BootDecision } from "../replication/boot-role.ts";
import type { RedisAddress } from "../replication/own-address.ts";
import type { SentinelPoll } from "./named-primary.ts";

/** What is known when the role is decided. */
export interface SentinelObservation {
  readonly poll: SentinelPoll;
  /** Whom enough of the sentinels name. */
  readonly named: { readonly address: RedisAddress; readonly isOwn: boolean } | undefined;
  /** Which of those that were asked answer as a primary: the one named, or if it is this one, all known replicas. */
  readonly primaries: readonly RedisAddress[];
}

/**
 * Decides the role by what the sentinels say, so that nobody becomes a primary beside one that they know, or are about to make.
 * What speaks against it is waited for, however long that takes.
 */
export function decideSentinelBootRole({ poll, named, primaries }: SentinelObservation): BootDecision {
  const { asked, views, trouble } = poll;
  if (named === undefined) {
    const why = trouble === undefined ? "" : `: ${trouble}`;
    return wait(`no majority of the sentinels names a primary, ${views.length} of ${asked} answer${why}`);
  }
  const [primary] = primaries;
  if (!named.isOwn) {
    if (primary !== undefined) return settled({ role: "replica", primary: named.address });
    return wait(`the sentinels name ${describe(named.address)}, which doesn't answer as a primary`);
  }
  if (primary !== undefined) {
    return wait(`the sentinels name this instance, while ${describe(primary)} answers as a primary`);
  }
  if (views.some(({ isFailingOver }) => isFailingOver)) return wait("the sentinels are failing over");
  const known = views.flatMap(({ replicas }) => replicas);
  // Where they could make nobody else a primary there is nothing to wait for: at the very first start, or alone.
  const isFailoverPossible = known.some(({ isElectable }) => isElectable);
  if (isFailoverPossible && views.some(({ isPrimaryInDoubt }) => isPrimaryInDoubt)) {
    return wait("a sentinel takes this instance for down, or soon may, and could fail over");
  }
  return { ...settled({ role: "primary" }), peers: known.map(({ address }) => address) };
}

function settled(boot: BootDecision["boot"]): BootDecision {
  return { boot, isSettled: true, because: "the sentinels" };
}

function wait(reason: string): BootDecision {
  return {
    boot: { role: "undesignated" },
    isSettled: false,
    notReady: `its role is not known yet: ${reason}`,
    because: reason,
  };
}

function describe({ host, port }: RedisAddress): string {
  return formatHostPort(host, port);
}
