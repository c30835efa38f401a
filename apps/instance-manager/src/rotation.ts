import type { Logger } from "@redis-operator/core/logger";
import type { RedisAccess } from "@redis-operator/core/redis";
import { type Rotation, type RotationObserver, startRedisRotation } from "@redis-operator/core/rotation";
import type { Config } from "./config.ts";

/** What {@link startRotation} needs. */
export interface RotationDeps {
  readonly config: Config;
  /** What the manager's connections to its Redis share. */
  readonly access: RedisAccess;
  readonly observer: RotationObserver;
  readonly logger: Logger;
}

/**
 * Starts to apply changes of the password, TLS and ACL files to a supervised Redis, before that is started. A Redis of
 * somebody else's is left alone; the manager's own connections follow the files there too.
 */
export async function startRotation(deps: RotationDeps): Promise<Rotation> {
  const { config, access, observer, logger } = deps;
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
    observer,
    logger,
  });
}

/** What {@link startRotation} watches. */
export function listRotatedSubjects({ redis }: Pick<Config, "redis">) {
  if (!redis.isSupervised) return [];
  const subjects = [
    { name: "password", path: redis.passwordFile },
    { name: "tls", path: redis.tlsDir },
    { name: "acl", path: redis.aclFile },
  ] as const;
  return subjects.filter(({ path }) => path !== undefined).map(({ name }) => name);
}
