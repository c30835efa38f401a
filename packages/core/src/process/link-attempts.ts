// What a replica says of each attempt to reach its primary, once a second for as long as that fails. Valkey says PRIMARY.
const attemptPattern =
  /^(?:Connecting to (?:MASTER|PRIMARY)|(?:MASTER|PRIMARY) <-> REPLICA sync started|Non blocking connect for SYNC|(?:Master|Primary) replied to PING|Partial resynchronization not possible|Trying a partial resynchronization|(?:Master|Primary) is currently unable to PSYNC|Error condition on socket for SYNC)/;

const quietMs = 60_000;

/**
 * Creates a judge of which lines of Redis' log are worth passing on: all but those of a link attempt that has just been
 * told. The same one is told again after a minute, and after anything else has happened. An instance that waits for its
 * role would fill the log otherwise.
 *
 * @param now - A clock that never goes back, in milliseconds.
 */
export function createLinkAttemptFilter(now: () => number): (message: string) => boolean {
  const toldAt = new Map<string, number>();
  return (message) => {
    if (!attemptPattern.test(message)) {
      toldAt.clear();
      return true;
    }
    const last = toldAt.get(message);
    if (last !== undefined && now() - last < quietMs) return false;
    toldAt.set(message, now());
    return true;
  };
}
