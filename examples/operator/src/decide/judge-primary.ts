import type { InstanceObservation } from "@redis-operator/client/failover";
import { follows, type RedisAddress } from "./follows.ts";
import type { Absence } from "./memory.ts";

/** How it stands with the named primary. */
export type PrimaryVerdict =
  | { readonly verdict: "serving" }
  /** It isn't replaced, at least not yet. */
  | { readonly verdict: "waited-for"; readonly why: string }
  | { readonly verdict: "lost"; readonly why: string };

/** What {@link judgePrimary} goes by. */
export interface PrimaryEvidence {
  readonly currentPrimary: string;
  /** Where its Redis is reached. */
  readonly address: RedisAddress;
  readonly observations: readonly InstanceObservation[];
  /** `undefined`: it has just answered as a primary. */
  readonly absence: Absence | undefined;
  readonly nowMs: number;
  /** Fences that the operator hasn't set itself. */
  readonly foreignFences: readonly string[];
  readonly lostAfterPolls: number;
  readonly lostAfterMs: number;
}

// Redis' repl-ping-replica-period: a primary that has nothing to say says so every ten seconds.
const longestLinkSilenceSeconds = 12;

// It is there, and will answer: a failover would cost more than waiting does.
const patientCodes: ReadonlySet<string | undefined> = new Set(["REDIS_LOADING", "REDIS_BUSY"]);

/**
 * Tells whether the primary has to be replaced: it has answered no poll as a primary for long enough, and no replica hears it.
 *
 * A replica whose link is up is the witness that the primary lives, and that only the operator, or its manager, is cut off.
 */
export function judgePrimary(evidence: PrimaryEvidence): PrimaryVerdict {
  const { currentPrimary, observations, absence, nowMs, foreignFences } = evidence;
  if (absence === undefined) return { verdict: "serving" };
  const observation = observations.find(({ name }) => name === currentPrimary);
  const code = observation?.failure?.code;
  if (foreignFences.includes(currentPrimary)) return wait("it was fenced by somebody else");
  if (patientCodes.has(code)) return wait(`it answers ${code}`);
  const witness = observations.find((other) => hears(other, evidence.address));
  if (witness !== undefined && observation?.status === undefined) {
    return wait(`${witness.name} hears it: only the way to it is cut`);
  }

  const isLost = absence.polls >= evidence.lostAfterPolls && nowMs - absence.sinceMs >= evidence.lostAfterMs;
  return { verdict: isLost ? "lost" : "waited-for", why: describe(observation) };
}

function hears({ status }: InstanceObservation, address: RedisAddress): boolean {
  if (status?.role !== "slave" || status.masterLinkStatus === "down") return false;
  return follows(status, address) && (status.lastIoSecondsAgo ?? 0) <= longestLinkSilenceSeconds;
}

function describe(observation: InstanceObservation | undefined): string {
  if (observation === undefined) return "it has no pod";
  const { status, failure } = observation;
  return status?.role === "slave" ? "it answers as a replica" : (failure?.code ?? "it gave no status");
}

function wait(why: string): PrimaryVerdict {
  return { verdict: "waited-for", why };
}
