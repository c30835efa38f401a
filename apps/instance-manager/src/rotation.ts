import type { Logger } from "@redis-operator/core/logger";
import type { RedisAccess } from "@redis-operator/core/redis";
import { type Rotation, startRedisRotation } from "@redis-operator/core/rotation";
import type { Config } from "./config.ts";

/** What {@link startRotation} needs. */
export interface RotationDeps {
  readonly config: Config;
  /** What the manager's connections to its Redis share. */
  readonly access: RedisAccess;
  readonly logger: Logger;
}

/**
 * Starts to apply changes of the password, TLS and ACL files to a supervised Redis, before that is started. A Redis of
 * somebody else's is left alone; the manager's own connections follow the files there too.
 */
export async function startRotation({ config, access, logger }: RotationDeps): Promise<Rotation> {
  const { redis, rotation } = config;
  if (!redis.isSupervised) return { stop: () => undefined };
  return startRedisRotation({
    host: redis.host,
    port: redis.port,
    ...redis.query,
    passwordFile: redis.passwordFile,
    tlsDir: redis.tlsDir,
    aclFile: redis.aclFile,
    dir: redis.dataDir,
    ...rotation,
    access,
    logger,
  });
}
