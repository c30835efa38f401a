import type { Logger } from "@redis-operator/core/logger";
import type { RedisConnection } from "@redis-operator/core/redis";
import type { RoleChanges } from "@redis-operator/core/replication";

/** What the begin of whatever depends on the role needs. */
export interface TurnDeps {
  readonly roleChanges: RoleChanges;
  /** How long a request waits for its turn, in milliseconds. */
  readonly maxWaitMs: number;
  /** Whether Redis is kept down. */
  readonly isFenced: () => boolean;
}

/** What a route needs that changes the role. */
export interface RoleChangeDeps extends TurnDeps {
  readonly redis: RedisConnection;
  /** Under which addresses this Redis is known, beside those of the host's interfaces. */
  readonly knownHosts: readonly string[];
  readonly redisPort: number;
  readonly readBackTimeoutMs: number;
  readonly logger: Logger;
}
