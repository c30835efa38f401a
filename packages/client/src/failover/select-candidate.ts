import { type Discarded, type FitnessOptions, type FitReplica, judgeReplica } from "./fitness.ts";
import { decideHistory } from "./history.ts";
import { compareNames, type InstanceObservation, requireDistinct } from "./observation.ts";

/** What {@link selectPromotionCandidate} goes by beside the statuses. */
export interface SelectionOptions extends FitnessOptions {
  /**
   * What was read of the last primary before it was lost; its `PrimaryStatus` fits. Give only what was read while a replica followed
   * it: a primary takes a new replication id with its first one, and an id that nobody holds makes nobody a candidate. Never give
   * that of a predecessor: it makes a candidate of whoever was left behind with its history.
   */
  readonly lastPrimary?:
    { readonly replicationId?: string | undefined; readonly replicationOffset: number } | undefined;
  /**
   * How many bytes a candidate may lack of the highest offset known of the history: that of any replica, and of the last
   * primary if it names its history. Default: any number, since replication is asynchronous.
   */
  readonly maxLagBytes?: number | undefined;
  /** The oldest status that counts, in milliseconds; `ageMs` has to be told then. Default: any. */
  readonly maxStatusAgeMs?: number | undefined;
  /** Names of which an earlier one is preferred where offsets are equal. */
  readonly preferred?: readonly string[] | undefined;
  /** Names that are never chosen. */
  readonly exclude?: readonly string[] | undefined;
}

/** A replica that may be promoted. */
export interface Candidate extends FitReplica {
  /** What it lacks of the highest offset known of its history, in bytes. */
  readonly behindBytes: number;
}

/** Who is to be promoted, and why nobody else; or why nobody at all. */
export type Selection =
  | {
      readonly outcome: "selected";
      readonly candidate: Candidate;
      /** Those that would do as well, the best first. */
      readonly runnersUp: readonly Candidate[];
      readonly discarded: readonly Discarded[];
    }
  | { readonly outcome: "none"; readonly discarded: readonly Discarded[] };

/**
 * Chooses the replica that loses the least by its promotion, or nobody.
 *
 * 1. Discarded is whoever is excluded, is fenced, gave no status or one that is too old, is a primary, names no replication
 *    id, is in the middle of a sync, never finished one, or let go of its data.
 * 2. Of the others, the history of the last primary counts, else the one whose replicas were linked to a primary last, else
 *    the one that more of them hold; if nobody can tell, or two primaries are visible, nobody is chosen.
 * 3. Discarded is whoever holds another history, or lacks more than `maxLagBytes`.
 * 4. The highest offset wins; among equals the first of `preferred`, then one whose link is up, then the first by name.
 *
 * The order of the observations makes no difference.
 *
 * @throws TypeError if two observations have one name.
 */
export function selectPromotionCandidate(
  observations: readonly InstanceObservation[],
  options: SelectionOptions = {},
): Selection {
  requireDistinct(observations);
  const judgements = observations.map((observation) => judgeReplica(observation, options));
  const unfit = judgements.flatMap((judgement) => (judgement.isFit ? [] : [toDiscarded(judgement)]));
  const fit = judgements.flatMap((judgement) => (judgement.isFit ? [judgement.replica] : []));

  const { candidates, discarded } = compareWithinHistory(fit, { observations, options });
  const [candidate, ...runnersUp] = candidates.toSorted(byPreference(options.preferred ?? []));
  const all = [...unfit, ...discarded].toSorted((left, right) => compareNames(left.name, right.name));
  if (candidate === undefined) return { outcome: "none", discarded: all };
  return { outcome: "selected", candidate, runnersUp, discarded: all };
}

function compareWithinHistory(
  fit: readonly FitReplica[],
  given: { readonly observations: readonly InstanceObservation[]; readonly options: SelectionOptions },
): { readonly candidates: readonly Candidate[]; readonly discarded: readonly Discarded[] } {
  const { lastPrimary, maxLagBytes = Infinity } = given.options;
  const primaries = given.observations.filter(({ status }) => status?.role === "master");
  const history = decideHistory(fit, {
    expected: lastPrimary?.replicationId,
    primaries: primaries.map(({ name }) => name).toSorted(compareNames),
  });
  if (!history.isKnown) {
    const detail = `which history is the last can't be told: ${history.because}`;
    return {
      candidates: [],
      discarded: fit.map(({ name }) => ({ name, reason: "history-unknown", detail })),
    };
  }

  const known = fit.filter(({ replicationId }) => replicationId === history.replicationId);
  const offsets = known.map(({ replicationOffset }) => replicationOffset);
  // Where the last primary names no history, its offset compares with none.
  if (lastPrimary?.replicationId !== undefined) offsets.push(lastPrimary.replicationOffset);
  const highest = Math.max(...offsets);
  const candidates: Candidate[] = [];
  const discarded: Discarded[] = [];
  for (const replica of fit) {
    const { name, replicationId, replicationOffset } = replica;
    const behindBytes = highest - replicationOffset;
    if (replicationId !== history.replicationId) {
      const detail = `its history is ${replicationId}, not ${history.replicationId}: ${history.because}`;
      discarded.push({ name, reason: "other-history", detail });
    } else if (behindBytes > maxLagBytes) {
      const detail = `lacks ${behindBytes} bytes of ${highest}, ${maxLagBytes} are allowed`;
      discarded.push({ name, reason: "too-far-behind", detail });
    } else candidates.push({ ...replica, behindBytes });
  }
  return { candidates, discarded };
}

function byPreference(preferred: readonly string[]): (left: Candidate, right: Candidate) => number {
  const rank = (name: string) => (preferred.includes(name) ? preferred.indexOf(name) : preferred.length);
  return (left, right) =>
    right.replicationOffset - left.replicationOffset ||
    rank(left.name) - rank(right.name) ||
    Number(right.link === "up") - Number(left.link === "up") ||
    compareNames(left.name, right.name);
}

function toDiscarded({ name, reason, detail }: Discarded): Discarded {
  return { name, reason, detail };
}
