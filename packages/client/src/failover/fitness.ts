import type { ReplicaStatus } from "../contract/types.ts";
import { type InstanceObservation, isSeenFenced } from "./observation.ts";

/** Why an instance is not promoted. */
export type Unfitness =
  /** The caller excludes it. */
  | "excluded"
  | "fenced"
  /** It gave no status. */
  | "no-status"
  /** Its status is older than allowed, or of an age that nobody has told. */
  | "status-too-old"
  | "is-primary"
  /** It is receiving a full copy: its old data are about to go, or are gone. */
  | "sync-in-progress"
  /** It was never in sync since its Redis started or became a replica. */
  | "never-synced"
  /** It let go of its data for a full copy that was cut off. */
  | "no-data"
  /** Its manager doesn't say which history its offset belongs to. */
  | "no-replication-id"
  /** It can't be told which of several histories is the last. */
  | "history-unknown"
  /** Its offset belongs to another history, and doesn't compare. */
  | "other-history"
  /** It lacks more bytes than allowed. */
  | "too-far-behind";

/** An instance that is not promoted. */
export interface Discarded {
  readonly name: string;
  readonly reason: Unfitness;
  /** The same for people, with the figures. */
  readonly detail: string;
}

/** A replica that could be promoted if its history is the right one. */
export interface FitReplica {
  readonly name: string;
  readonly replicationId: string;
  /** In bytes. */
  readonly replicationOffset: number;
  readonly link: "up" | "down";
  /** For how long it has heard of no primary, in seconds; 0 while its link is up. */
  readonly linkDownSeconds: number;
}

/** What {@link judgeReplica} asks for beside what holds of every replica. */
export interface FitnessOptions {
  readonly exclude?: readonly string[] | undefined;
  readonly maxStatusAgeMs?: number | undefined;
}

/** A replica as it can be promoted, or why it can't. */
export type Judgement =
  { readonly isFit: true; readonly replica: FitReplica } | ({ readonly isFit: false } & Discarded);

// Redis' own stand-in for the offset of a replica that has neither a primary nor the state of a former one. A sync that
// emptied the data set and was cut off leaves it behind; no replication stream has a first command of one byte.
const offsetWithoutHistory = 1;

/** Judges one instance by itself, as `POST /v1/promote` would: link, sync, data, and whether its status can be relied on. */
export function judgeReplica(observation: InstanceObservation, options: FitnessOptions): Judgement {
  const { name, status, failure, ageMs } = observation;
  const unfit = (reason: Unfitness, detail: string) => ({ isFit: false, name, reason, detail }) as const;
  if (options.exclude?.includes(name) === true) return unfit("excluded", "excluded by the caller");
  if (isSeenFenced(observation)) return unfit("fenced", "fenced: its Redis is down");
  if (status === undefined) {
    return unfit("no-status", failure === undefined ? "gave no status" : failure.message);
  }
  const { maxStatusAgeMs } = options;
  if (maxStatusAgeMs !== undefined && !(ageMs !== undefined && ageMs <= maxStatusAgeMs)) {
    const age = ageMs === undefined ? "of unknown age" : `${ageMs} ms old`;
    return unfit("status-too-old", `its status is ${age}, ${maxStatusAgeMs} ms are allowed`);
  }
  if (status.role === "master") return unfit("is-primary", "is a primary already");
  return judgeLink(name, status, unfit);
}

function judgeLink(
  name: string,
  status: ReplicaStatus,
  unfit: (reason: Unfitness, detail: string) => Judgement,
): Judgement {
  const { masterLinkStatus: link, linkDownSeconds, replicationOffset, replicationId } = status;
  if (replicationId === undefined) {
    return unfit(
      "no-replication-id",
      `its offset ${replicationOffset} belongs to a history that it doesn't name`,
    );
  }
  if (status.syncInProgress === true) return unfit("sync-in-progress", "is receiving a full copy");
  if (link === "down" && linkDownSeconds === undefined) {
    return unfit("never-synced", "was never in sync since it started or became a replica");
  }
  if (link === "down" && replicationOffset === offsetWithoutHistory) {
    return unfit("no-data", "let go of its data for a full copy that was cut off");
  }
  const silentSeconds = link === "up" ? 0 : (linkDownSeconds ?? 0);
  return {
    isFit: true,
    replica: { name, replicationId, replicationOffset, link, linkDownSeconds: silentSeconds },
  };
}
