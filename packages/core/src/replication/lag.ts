/** What a primary's `INFO replication` says of itself and of one of its replicas; offsets in bytes. */
export interface LagObservation {
  /** `master_repl_offset`. */
  readonly produced: bigint;
  /** `repl_backlog_first_byte_offset`; 0 or unset: there is no backlog. */
  readonly backlogStart: bigint | undefined;
  /** The replica's `state`. */
  readonly state: string | undefined;
  /** The replica's `offset`. */
  readonly acknowledged: bigint;
}

/** Tells how far a replica is behind, in bytes; `undefined`: it is still synchronizing, and its offset of 0 says nothing. */
export function lagOf({ produced, backlogStart, state, acknowledged }: LagObservation): bigint | undefined {
  if (state !== "online") return undefined;
  // One that has just continued its link has acknowledged nothing yet: what it lacks is in the backlog.
  const received = acknowledged === 0n && backlogStart ? backlogStart - 1n : acknowledged;
  // A write between the two numbers of one INFO can put the replica ahead for a moment.
  return produced > received ? produced - received : 0n;
}
