import type { RedisAccess, RedisCredentials } from "../redis/access.ts";
import { createRedisConnection } from "../redis/connection.ts";
import type { Logger } from "../logger.ts";
import { createAclRotation } from "./acl-rotation.ts";
import { logIn } from "./log-in.ts";
import { createPasswordRotation } from "./password-rotation.ts";
import type { RotatedSubject } from "./rotated-subject.ts";
import { type Rotation, type RotationObserver, startRotation } from "./rotation.ts";
import { createTlsRotation } from "./tls-rotation.ts";

/** What {@link startRedisRotation} watches, and the supervised Redis that follows. */
export interface RedisRotationOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  /** What all connections of the manager to this Redis share. */
  readonly access: RedisAccess;
  readonly passwordFile: string | undefined;
  readonly tlsDir: string | undefined;
  /** The user's; needs a password file. */
  readonly aclFile: string | undefined;
  /** Redis' working directory. */
  readonly dir: string;
  /** For how long the password before is taken beside a new one. */
  readonly passwordGraceMs: number;
  readonly pollIntervalMs: number;
  readonly settleMs: number;
  readonly observer?: RotationObserver | undefined;
  readonly logger: Logger;
}

/**
 * Watches the password file, the TLS files and the ACL file of a supervised Redis and applies them to it, without a restart.
 *
 * To be called before Redis is started: it remembers what the files hold now, to get in should they change before the
 * first connection.
 */
export async function startRedisRotation(options: RedisRotationOptions): Promise<Rotation> {
  const { access, passwordFile, tlsDir, aclFile, dir, host, port } = options;
  const startedWith = await readStartingCredentials(access);
  const redis = createRedisConnection(options);
  const subjects: RotatedSubject[] = [];
  // First the certificate: what follows may need it to connect.
  if (tlsDir !== undefined) {
    subjects.push(
      createTlsRotation({
        redis,
        address: { host, port },
        tlsDir,
        startedWithCa: startedWith?.tls?.ca,
        handshakeTimeoutMs: options.connectTimeoutMs,
      }),
    );
  }
  if (passwordFile !== undefined) {
    const password = createPasswordRotation({
      redis,
      passwordFile,
      startedWith: startedWith?.password ?? "",
      graceMs: options.passwordGraceMs,
      hasAclFile: aclFile !== undefined,
      logIn: (candidate) => logIn(options, candidate),
      now: () => performance.now(),
    });
    subjects.push(password);
    if (aclFile !== undefined) {
      subjects.push(
        createAclRotation({
          redis,
          aclFile,
          dir,
          takenHashes: () => password.takenHashes(),
          logIn: () => logIn(options),
        }),
      );
    }
  }
  const rotation = startRotation({ ...options, subjects });
  return {
    stop() {
      rotation.stop();
      redis.close();
    },
  };
}

async function readStartingCredentials(access: RedisAccess): Promise<RedisCredentials | undefined> {
  try {
    const [credentials] = await access.candidates();
    if (credentials !== undefined) access.accepted(credentials);
    return credentials;
  } catch {
    // Redis can't be started either then, and whoever starts it says so.
    return undefined;
  }
}
