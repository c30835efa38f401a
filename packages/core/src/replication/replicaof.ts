import { attempt } from "../attempt.ts";
import { describeError, InstanceError, type InstanceErrorCode, isInstanceError } from "../errors.ts";
import type { RedisConnection } from "../redis/connection.ts";
import { readBackStatus } from "./read-back.ts";
import type { ReplicationStatus } from "./status.ts";

/** One change of the role, and how it is told apart from one that failed. */
export interface RoleChange<Expected extends ReplicationStatus> {
  /** The arguments of `REPLICAOF`. */
  readonly target: readonly [host: string, port: string];
  readonly isExpected: (status: ReplicationStatus) => status is Expected;
  readonly readBackTimeoutMs: number;
  /** What a failure is called, and the beginning of its message. */
  readonly undertaking: { readonly code: InstanceErrorCode; readonly attempted: string };
}

// Redis may still carry out a command whose answer didn't come.
const unansweredCodes: ReadonlySet<InstanceErrorCode> = new Set(["REDIS_TIMED_OUT", "REDIS_UNREACHABLE"]);

/**
 * Sends `REPLICAOF` and reads the role back, also after an answer that didn't come: what counts is what Redis is.
 *
 * @returns The status after the change.
 * @throws InstanceError of the undertaking's code; its message says so where the outcome is unknown.
 * @see https://redis.io/docs/latest/commands/replicaof/
 */
export async function changeRole<Expected extends ReplicationStatus>(
  redis: RedisConnection,
  { target, isExpected, readBackTimeoutMs, undertaking }: RoleChange<Expected>,
): Promise<Expected> {
  const unanswered = await attempt(() => sendReplicaOf(redis, target), undertaking);
  const after = await readBack();
  if (isExpected(after)) return after;
  throw new InstanceError(
    undertaking.code,
    `${undertaking.attempted} failed: after REPLICAOF ${target.join(" ")} and ${readBackTimeoutMs} ms it is ${describeRole(after)}`,
    { cause: unanswered },
  );

  async function readBack(): Promise<ReplicationStatus> {
    try {
      return await readBackStatus(redis, { isExpected, timeoutMs: readBackTimeoutMs });
    } catch (cause) {
      if (!isInstanceError(cause)) throw cause;
      throw new InstanceError(
        undertaking.code,
        `${undertaking.attempted} has an unknown outcome: REPLICAOF was sent and the role can't be read back ` +
          `(${describeError(cause)}); read the status before another instance is promoted`,
        { cause },
      );
    }
  }
}

/** @returns Why there was no answer; `undefined` if there was one. */
async function sendReplicaOf(
  redis: RedisConnection,
  target: readonly [host: string, port: string],
): Promise<InstanceError | undefined> {
  try {
    await redis.send(["REPLICAOF", ...target]);
    return undefined;
  } catch (error) {
    if (isInstanceError(error) && unansweredCodes.has(error.code)) return error;
    throw error;
  }
}

function describeRole(status: ReplicationStatus): string {
  if (status.role === "primary") return "a primary";
  return `a replica of ${status.primary.host} port ${status.primary.port}`;
}
